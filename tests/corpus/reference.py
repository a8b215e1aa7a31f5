"""What the C compiler says about a header; nothing here knows libclang or our writers.

gcc lists the prototypes (`-aux-info`) and the macros (`-E -dD`) with the files they stand in, and a
program that includes the header prints the macros' values and the layouts of the records it is asked for.
"""

import json
import os
import re
import subprocess
from collections import namedtuple

TIMEOUT = 600

Function = namedtuple("Function", "name file inline")


class Failed(Exception):
    """A step did not do what it must; the text says which and why."""


def run(*command, cwd=None, env=None, stdin=None, check=True, timeout=TIMEOUT):
    """A finished process with text output; `Failed` for a status or a timeout."""
    command = [os.fspath(part) for part in command]
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=timeout,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise Failed("{} takes longer than {} s".format(os.path.basename(command[0]), timeout)) from None
    if check and done.returncode:
        raise Failed("{}: {}".format(os.path.basename(command[0]), first_error(done.stderr, done.returncode)))
    return done


def first_error(text, status):
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines:
        if "error: " in line:
            return line.strip()[:300]
    return lines[-1].strip()[:300] if lines else "status {}".format(status)


class Reference:
    """Facts about one header, asked of gcc."""

    def __init__(self, lines, flags, folder, header, scope, own=()):
        """`lines` are the `#include` lines, `header` the absolute path of the header itself, `own` the names
        of directories whose headers belong to it."""
        self.lines = list(lines)
        self.flags = ["-std=gnu17", *flags]
        self.folder = folder
        self.header = header
        self.scope = scope
        # The default scope: the header, and what lies beside it in a directory of its own.
        parent = os.path.dirname(header)
        self.below = [] if parent in system_dirs() else [parent + os.sep]
        self.below += [os.path.join(parent, name, "") for name in own]
        self.all_macros = {}

    def in_scope(self, file):
        path = os.path.normpath(os.path.join(self.folder, file))
        if self.scope == "all":
            return path.startswith("/usr/include/")
        below = tuple(self.below)
        real = os.path.realpath(path)
        # gcc knows a file by the first of its names.
        return real == os.path.realpath(self.header) or path.startswith(below) or real.startswith(below)

    def source(self, name, *parts):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("\n".join([*self.lines, *parts, ""]))
        return path

    def functions(self):
        """Name and `Function` of every function that the files in scope declare."""
        listing = os.path.join(self.folder, "prototypes.txt")
        source = self.source("prototypes.c")
        run("gcc", *self.flags, "-w", "-fsyntax-only", "-aux-info", listing, source, cwd=self.folder)
        found = {}
        with open(listing, encoding="utf-8", errors="replace") as stream:
            for line in stream:
                match = PROTOTYPE.match(line)
                name = match and prototype_name(match.group("text"))
                if not name or not self.in_scope(match.group("file")):
                    continue
                inline = match.group("form").endswith("F") or match.group("text").startswith("static ")
                before = found.get(name)
                found[name] = Function(name, match.group("file"), inline or bool(before and before.inline))
        return found

    def macros(self):
        """The object-like macros of the files in scope that can be constants, and whether each is a string."""
        names = self.object_macros()
        # Twice, so that what depends on the line shows.
        marked = ["hk_marker {0} {1}".format(index, name) for index, name in enumerate(names)]
        source = self.source("expand.c", *marked, "", "", *marked)
        # A macro such as `__has_attribute` without its parenthesis is an error, the others are told nevertheless.
        text = run("gcc", *self.flags, "-w", "-E", "-P", source, check=False).stdout
        expansions = {}
        for match in re.finditer(r"hk_marker (\d+) ([^\n]*)", text):
            expansions.setdefault(names[int(match.group(1))], []).append(match.group(2).strip())
        return {name: '"' in expansions[name][0] for name in names if plausible(expansions.get(name, []))}

    def object_macros(self):
        text = run("gcc", *self.flags, "-w", "-E", "-dD", self.source("macros.c")).stdout
        file, found = "", {}
        for line in text.splitlines():
            if line.startswith("# "):
                match = MARKER.match(line)
                file = match.group(1) if match else file
            elif line.startswith("#define "):
                match = DEFINE.match(line)
                if match:
                    found[match.group(1)] = (file, bool(match.group(2)), match.group(3))
            elif line.startswith("#undef "):
                found.pop(line[7:].strip(), None)
        self.all_macros = found
        return sorted(
            name
            for name, (file, function, body) in found.items()
            if not function and body and not file.startswith("<") and self.in_scope(file)
        )

    def values(self, macros, questions):
        """Runs a program: values of `macros`, answers to `questions` (key: statements that print a value).

        Returns two dicts and the keys of questions that do not compile; macros that do not are none. The value of
        a macro is a number, or a text as `measure.text` makes them of strings and floating-point numbers."""
        asked = [("m", name, form.format(name)) for name, string in macros.items() for form in FORMS[string]]
        of_macros = len(asked)
        asked += [("q", key, statement) for key, statement in questions.items()]
        lines = ["#undef main", "#undef unix", "#undef linux", HELPERS]
        # The error of a macro must not reach the next line, so each stands in a function of its own.
        wrap = '#line {0} "hk_probe"\nstatic void hk_{0}(void) {{ {1} }}'.format
        lines += [wrap(index + 1, statement) for index, (_, _, statement) in enumerate(asked)]
        # Macros that are called like a field hide it.
        words = set(re.findall(r"[A-Za-z_]\w*", " ".join(questions.values())))
        lines[4 + of_macros : 4 + of_macros] = self.undefined(words)
        source = self.source("probe.c", *lines)
        done = run("gcc", *self.flags, *QUIET, source, check=False)
        wrong = {number - 1 for number in wrong_functions(done.stderr)}
        if done.returncode and not wrong:
            raise Failed("gcc: " + first_error(done.stderr, done.returncode))
        good = [index for index in range(len(asked)) if index not in wrong]
        main = ["int main(void)", "{"]
        main += ['__builtin_printf("%d\\t", {0}); hk_{1}();'.format(index, index + 1) for index in good]
        main += ["return 0;", "}"]
        dropped = {wrap(index + 1, asked[index][2]) for index in wrong}
        source = self.source("answers.c", *(line for line in lines if line not in dropped), *main)
        program = os.path.join(self.folder, "answers")
        ignore = "-Wl,--unresolved-symbols=ignore-all"
        run("gcc", *self.flags, "-w", "-O0", "-o", program, source, ignore)
        values, answers = {}, {}
        for line in run(program).stdout.splitlines():
            index, _, value = line.partition("\t")
            kind, key, _ = asked[int(index)]
            if kind == "m":
                values[key] = value if ":" in value else int(value)
            else:
                answers[key] = [int(part) for part in value.split()]
        failed = [asked[index][1] for index in sorted(wrong) if asked[index][0] == "q"]
        return values, answers, failed

    def undefined(self, words):
        """Lines that remove the macros of those names."""
        return ["#undef " + name for name in sorted(words & set(self.all_macros))]

    def conflicts(self, statements):
        """Which C declarations contradict those of the header: a dict of text and gcc's reason."""
        undefined = self.undefined(set(re.findall(r"[A-Za-z_]\w*", " ".join(statements))))
        lines = [
            '#line {} "hk_probe"\n{}'.format(index + 1, statement.replace("\n", " "))
            for index, statement in enumerate(statements)
        ]
        source = self.source("conflicts.c", *undefined, *lines)
        done = run("gcc", *self.flags, *QUIET, source, check=False)
        found = {}
        for line, reason in re.findall(r"^hk_probe:(\d+):\d+: error: (.*)$", done.stderr, re.M):
            found.setdefault(statements[int(line) - 1], reason)
        return found


# Errors are told where a macro is used, and all of them.
QUIET = ("-w", "-fsyntax-only", "-fmax-errors=0", "-ftrack-macro-expansion=0")
PROTOTYPE = re.compile(r"/\* (?P<file>.*?):\d+:(?P<form>\w+) \*/ (?P<text>.*)")
MARKER = re.compile(r'# \d+ "(.*?)"')
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
DEFINE = re.compile(r"#define (\w+)(\([^)]*\))?(?: (.*))?$")
INTEGER = (
    "enum {{ hk_value = ({0}) }}; "
    '(({0}) < 0) ? __builtin_printf("%lld\\n", (long long)({0})) : '
    '__builtin_printf("%llu\\n", (unsigned long long)({0}));'
)
FLOAT = (
    "enum {{ hk_is_float = 1 / (__builtin_classify_type({0}) == 8) }}; "
    "static const union {{ double hk_value; unsigned long long hk_bits; }} hk_v = {{({0})}}; "
    'if (__builtin_isnan(hk_v.hk_value)) __builtin_printf("f:nan\\n"); '
    'else __builtin_printf("f:%016llx\\n", hk_v.hk_bits);'
)
STRING = (
    'static const char hk_v[] = {0}; __builtin_printf("s:"); '
    'for (unsigned long hk_at = 0; hk_at < sizeof hk_v - 1; hk_at++) '
    '__builtin_printf("%02x", (unsigned char)hk_v[hk_at]); __builtin_printf("\\n");'
)
# How a macro is asked for its value, by whether it is a string.
FORMS = {False: (INTEGER, FLOAT), True: (STRING,)}
HELPERS = """\
static void hk_bits(const void *start, unsigned long size)
{
    const unsigned char *bytes = start;
    long first = -1, count = 0;
    for (unsigned long bit = 0; bit < 8 * size; bit++)
        if (bytes[bit / 8] >> (bit % 8) & 1) {
            first = first < 0 ? (long)bit : first;
            count++;
        }
    __builtin_printf("%ld %ld\\n", first, count);
}"""


def wrong_functions(text):
    """Numbers of the functions `hk_N` that gcc's messages find errors in, wherever they point to."""
    found, current = set(), None
    for line in text.splitlines():
        entered = re.search(r"In function ‘(?:hk_(\d+))?", line)
        placed = re.match(r"hk_probe:(\d+):\d+: error: ", line)
        if placed:
            found.add(int(placed.group(1)))
        elif entered:
            current = entered.group(1) and int(entered.group(1))
        elif " error: " in line and current:
            found.add(current)
    return found


def plausible(texts):
    """Whether what a macro expands to, twice, can be a constant expression."""
    text = LITERAL.sub(" 0 ", texts[0]) if len(set(texts)) == 1 else ""
    balanced = text.count("(") == text.count(")")
    return bool(text) and balanced and not re.search(r'[{};"@#\\]|hk_marker', text)


def prototype_name(text):
    """`int (*f (void)) (int)` declares f."""
    for match in re.finditer(r"([^\W\d]\w*) \((?!\*)", text):
        if match.group(1) not in ("__attribute__", "typeof", "__typeof__", "_Alignas"):
            return match.group(1)
    return None


def system_dirs(found=[]):
    """gcc's own include directories."""
    if not found:
        text = run("gcc", "-E", "-v", "-xc", os.devnull).stderr
        listed = re.findall(r"^ (/\S+)$", text, re.M)
        found.extend(os.path.normpath(line) for line in listed)
    return found


def exported(libraries, names, python):
    """Those names that the shared libraries define; asked of the dynamic linker in a fresh process."""
    script = (
        "import ctypes, json, sys\n"
        "libraries, names = json.load(sys.stdin)\n"
        "loaded = [ctypes.CDLL(name) for name in libraries]\n"
        "json.dump([n for n in names if any(hasattr(l, n) for l in loaded)], sys.stdout)\n"
    )
    done = run(python, "-c", script, stdin=json.dumps([libraries, sorted(names)]))
    return set(json.loads(done.stdout))
