"use strict";
const search = document.getElementById("search");
if (search) {
  search.hidden = false;
  const entries = [...document.querySelectorAll(".entry")];
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const entry of entries) {
      entry.hidden = !entry.dataset.name.toLowerCase().includes(wanted);
    }
  });
}
