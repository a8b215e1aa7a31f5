//! Python bindings from C headers, as a build backend.
//!
//! A front end asks for a wheel. The Python shim passes the question to this binary. The binary makes binding
//! files from C headers, from the committed store when it can and with libclang when it must, and then lets
//! the project's own build backend build the wheel with those files in the tree.
//!
//! ```text
//! front end -> shim --Request--> cli::hook -> hooks::run
//!                                              |
//!      pyproject.toml -> config -> headers ----+-> generate --------------> files in the source tree
//!                                              |     plan:  store hit?
//!                                              |     run:   parse (worker process) -> ir -> write
//!                                              |            -> store, output files
//!                                              +-> inner (python child) -> wheel, sdist
//!                                              +-> wheel, sdist: completed
//! front end <- shim <--Response-- cli::hook <- hooks
//! ```
//!
//! Where to start reading: [`hooks`] (the story), [`generate`] (the pipeline), [`ir`] (the nouns).
//!
//! Layers; a module imports only what stands above it, and `tests/architecture.rs` holds the exact table:
//!
//! * [`ir`], [`date`], [`diagnostics`], [`mod@env`], [`fsutil`], [`glob`], [`progress`], [`roots`], [`target`]: values and small
//!   services.
//! * [`config`], [`headers`]: what the user asked for, and which inputs that means.
//! * [`sysroot`]: where the C headers of other targets lie.
//! * [`parse`]: header to IR. Only `parse::libclang::ffi` is unsafe; no clang type leaves `parse`.
//! * [`libraries`]: what libraries define, and a header without what they do not.
//! * [`mod@write`]: IR to text; no file system, no configuration.
//! * [`provision`]: libclang from the package index.
//! * [`store`]: bytes and keys; knows no IR.
//! * [`compile`]: sources to extension modules, and what systems can load them.
//! * [`wheel`], [`sdist`], [`inner`], [`protocol`]: packaging; they know no headers.
//! * [`generate`]: joins the above, except packaging, into the pipeline.
//! * [`populate`]: the pipeline for many targets at once.
//! * [`report`]: what the page says about bindings; HTML out.
//! * [`hooks`]: the only module that knows both worlds.
//! * [`scaffold`]: what `init` writes into a project.
//! * [`cli`]: the only one that prints.
//!
//! Not to be found here: absolute paths, the clock, user names or map order in anything stored or shipped; network
//! access (the front end installs what a build requires, and `install-libclang` runs pip); decisions in the shim.
//!
//! Versions to bump: [`protocol::PROTOCOL_VERSION`] with the wire format, [`ir::schema::SCHEMA_VERSION`] when an old
//! reader could misread the IR, a writer's version with its text, [`store::KEY_VERSION`] only if an old key could name
//! a wrong entry.

pub mod cli;
pub mod compile;
pub mod config;
pub mod date;
pub mod diagnostics;
pub mod env;
pub mod frontend;
pub mod fsutil;
pub mod generate;
pub mod glob;
pub mod headers;
pub mod hooks;
pub mod inner;
pub mod ir;
pub mod libraries;
pub mod parse;
pub mod populate;
pub mod progress;
pub mod protocol;
pub mod provision;
pub mod report;
pub mod roots;
pub mod scaffold;
pub mod sdist;
pub mod store;
pub mod sysroot;
pub mod target;
pub mod wheel;
pub mod write;
