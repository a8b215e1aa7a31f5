//! The command line as typed; nothing is resolved here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::completions::{Complete, Completions};
use super::doctor::Doctor;
use super::init::Init;
use super::install::InstallLibclang;
use super::report::ReportArguments;
use super::wheels::Wheels;

/// Generate Python bindings from C headers, by hand or as a build backend.
#[derive(Debug, Parser)]
#[command(
    name = "headerkit-backend",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_long_help = "\
Examples:
  headerkit-backend include/mylib.h -w cffi -o cffi:bindings/mylib.cdef.txt
  headerkit-backend 'include/**/*.h' -w ctypes
  headerkit-backend init                set up the project here
  headerkit-backend generate            all headers that pyproject.toml names
  headerkit-backend check               is the committed store up to date?
  headerkit-backend doctor              what is used here, and what is missing"
)]
pub struct Cli {
    /// What to do; without a command, headers are generated.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What may be typed without a command.
    #[command(flatten)]
    pub direct: Direct,
}

/// The command line without commands.
#[derive(Debug, Default, Parser)]
pub struct Direct {
    /// Arguments of `generate`.
    #[command(flatten)]
    pub generate: Generate,
    /// Say less: errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more: each lookup and its reason, timings
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

impl Cli {
    /// What this process was called with; ends the process if that is wrong or asks for help. Clap's tables of all
    /// commands take longer than generating something from the store does, so what front ends call and what has no
    /// command is read without them. They judge all that is not plainly right.
    pub fn of_process() -> Self {
        let words: Vec<OsString> = std::env::args_os().skip(1).collect();
        let words: Vec<Option<&str>> = words.iter().map(|word| word.to_str()).collect();
        if let [Some("hook"), Some(name)] = *words
            && !name.starts_with('-')
        {
            let hook = Hook { name: name.to_owned(), ..Hook::default() };
            return Cli { command: Some(Command::Hook(hook)), direct: Direct::default() };
        }
        // Clap adds `help` to the commands.
        if words.iter().flatten().any(|word| *word == "help" || Command::has_subcommand(word)) {
            return Cli::parse();
        }
        Direct::try_parse().map_or_else(|_| Cli::parse(), |direct| Cli { command: None, direct })
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generate bindings: of the headers given, or of all that the configuration names
    Generate(Generate),
    /// Run a build hook: as front ends do (JSON on standard input), or by hand with --project and --out
    Hook(Hook),
    /// Check that store and outputs are current for every configured header; needs no libclang
    Check(Check),
    /// Compare two states of an interface: headers, revisions, stored or written IR
    Diff(Diff),
    /// Look after the store
    #[command(subcommand)]
    Cache(Cache),
    /// Merge, verify and explain stores
    #[command(subcommand)]
    Store(Store),
    /// Show what would be used: configuration, clang arguments, parsed IR
    Inspect(Inspect),
    /// Write a page about the bindings: what is stored, what the headers declare, how records lie in memory
    Report(ReportArguments),
    /// Set up the project here: pyproject.toml, .gitattributes
    Init(Init),
    /// Report what is used here and why, and what is missing
    Doctor(Doctor),
    /// Install libclang for this user: a verified copy from the package index
    InstallLibclang(InstallLibclang),
    /// Build wheels for several targets on this machine
    Wheels(Wheels),
    /// Print a completion script for a shell, or the manual page
    Completions(Completions),
    /// Candidates for the word at the cursor (internal)
    #[command(hide = true)]
    Complete(Complete),
    /// Serve one call of the Python API (internal)
    #[command(hide = true)]
    Api,
}

/// Options that choose the configuration and the store.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// Read this file instead of pyproject.toml or .headerkit.toml
    #[arg(long, value_name = "PATH", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Ignore configuration files
    #[arg(long)]
    pub no_config: bool,
    /// Directory of the store
    #[arg(long, value_name = "DIR")]
    pub store_dir: Option<String>,
}

/// Options that change how headers are read.
#[derive(Debug, Clone, Default, Args)]
pub struct Reading {
    /// Include directory, searched in the given order (repeatable)
    #[arg(short = 'I', long = "include-dir", value_name = "DIR")]
    pub include_dirs: Vec<String>,
    /// Preprocessor define (repeatable)
    #[arg(short = 'D', long = "define", value_name = "NAME[=VALUE]")]
    pub defines: Vec<String>,
    /// Argument for clang, passed on as it is (repeatable)
    #[arg(long = "backend-arg", value_name = "ARG", allow_hyphen_values = true)]
    pub backend_args: Vec<String>,
    /// Which declarations count: header, library, umbrella or all
    #[arg(long)]
    pub scope: Option<String>,
}

/// Options that change what is generated.
#[derive(Debug, Clone, Default, Args)]
#[command(after_long_help = "\
Examples:
  headerkit-backend generate                              all headers that pyproject.toml names
  headerkit-backend generate include/mylib.h -w cffi      to standard output
  headerkit-backend generate 'include/*.h' -o ctypes:src/pkg/_{stem}.py -I include -D NDEBUG
  headerkit-backend generate /usr/include/zlib.h -w json --scope header --no-config")]
pub struct Generate {
    /// Headers or quoted glob patterns
    #[arg(value_name = "HEADER")]
    pub headers: Vec<String>,
    /// Writer to run (repeatable): cffi, ctypes, cython, json, lua, prompt, diff, or one of your own
    #[arg(short, long = "writer", value_name = "NAME")]
    pub writers: Vec<String>,
    /// Output path of a writer; {stem}, {name} and {dir} are replaced (repeatable)
    #[arg(short, long = "output", value_name = "WRITER:PATH")]
    pub outputs: Vec<String>,
    /// How headers are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Option of a writer (repeatable; a repeated key makes a list)
    #[arg(long = "writer-opt", value_name = "WRITER:KEY=VALUE")]
    pub writer_options: Vec<String>,
    /// Headers that patterns must not select (repeatable glob)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Target triple; default: this machine
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// Parser; only libclang so far
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Neither read nor write the store
    #[arg(long)]
    pub no_cache: bool,
    /// Do not use stored IR
    #[arg(long)]
    pub no_ir_cache: bool,
    /// Do not use stored outputs
    #[arg(long)]
    pub no_output_cache: bool,
    /// Report as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

/// `hook`.
#[derive(Debug, Default, Args)]
#[command(after_long_help = "\
Examples:
  headerkit-backend hook build_wheel --project . --out dist
  headerkit-backend hook build_sdist --out dist -C inner-backend=flit_core.buildapi
  headerkit-backend hook get_requires_for_build_wheel --project .")]
pub struct Hook {
    /// Name of the hook, such as build_wheel
    pub name: String,
    /// Project directory; calls the hook by hand
    #[arg(long, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// Directory for the result; calls the hook by hand
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Config setting (repeatable)
    #[arg(short = 'C', long = "config-setting", value_name = "KEY[=VALUE]")]
    pub config_settings: Vec<String>,
    /// Interpreter to run the inner backend with; default: python3
    #[arg(long, value_name = "PATH")]
    pub python: Option<PathBuf>,
}

/// `check`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Looks at every configured header and writer, for this machine and for the platforms and targets of
[tool.headerkit.cache.populate], and for this machine at the output files too, where they are there. Exit status 1 if
anything is missing, stale or corrupt; the last line then is what to run. On GitHub Actions each problem is annotated.

Examples:
  headerkit-backend check
  headerkit-backend check --cibuildwheel
  headerkit-backend check --target aarch64-linux-gnu --target aarch64-macos --json")]
pub struct Check {
    /// Target triple (repeatable); default: this machine and those of [tool.headerkit.cache.populate]
    #[arg(long = "target", value_name = "TRIPLE")]
    pub targets: Vec<String>,
    /// Also what [tool.cibuildwheel] and the CIBW_* variables build for
    #[arg(long)]
    pub cibuildwheel: bool,
    /// Fail also if the store has entries that nothing needs, which `cache prune` removes
    #[arg(long)]
    pub strict: bool,
    /// Report as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

/// `diff`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  headerkit-backend diff old.h new.h
  headerkit-backend diff v1.0:include/foo.h include/foo.h --format markdown
  headerkit-backend diff --since v1.0 include/foo.h --exit-code
  headerkit-backend diff --since v1.0      all headers that pyproject.toml names")]
pub struct Diff {
    /// OLD and NEW: each a header, `REVISION:PATH`, an entry of the store, or a .json file of the json writer.
    /// With --since, headers
    #[arg(value_name = "OLD NEW | HEADER")]
    pub inputs: Vec<String>,
    /// Compare this git revision with the working tree
    #[arg(long, value_name = "REVISION")]
    pub since: Option<String>,
    /// Format of the report
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = ["json", "markdown"])]
    pub format: String,
    /// Exit with status 1 if a difference breaks programs or sources
    #[arg(long)]
    pub exit_code: bool,
    /// How headers are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Target triple; default: this machine
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

/// `cache`.
#[derive(Debug, Subcommand)]
#[command(after_long_help = "\
Examples:
  headerkit-backend cache status
  headerkit-backend cache prune --dry-run
  headerkit-backend cache clear --output")]
pub enum Cache {
    /// Show what the store has: entries, and for the project here every header, writer and target
    Status(Status),
    /// Remove what the project no longer needs, whatever its target: unused, stale and damaged entries
    Prune(Prune),
    /// Remove entries: all of them, or one layer
    Clear {
        /// IR entries only
        #[arg(long)]
        ir: bool,
        /// Output entries only
        #[arg(long)]
        output: bool,
        /// Which configuration, which store.
        #[command(flatten)]
        common: Common,
    },
    /// Fill the store for many targets: each header is parsed with the target's own system headers, which come
    /// with zig (`pip install ziglang`), or lie in [tool.headerkit.sysroots]
    Populate(Box<Populate>),
    /// Write index.json of each layer anew from the entries
    RebuildIndex {
        /// Which configuration, which store.
        #[command(flatten)]
        common: Common,
    },
}

/// `cache status`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
On a terminal that is wide enough, targets are columns; else each output is a line.

Examples:
  headerkit-backend cache status
  headerkit-backend cache status --store-dir build/store --json")]
pub struct Status {
    /// Report as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

/// `cache prune`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
An entry is needed if a configured header and writer ask for it, for whatever target, and it was made from the files
that are here. All others go: those of headers, writers, options and versions that are no longer in use, stale and
damaged ones. What a later release wrote stays. If the configuration cannot be read, nothing is removed.

Examples:
  headerkit-backend cache prune --dry-run
  headerkit-backend cache prune --json")]
pub struct Prune {
    /// Only show what would be removed
    #[arg(long)]
    pub dry_run: bool,
    /// Report as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

/// `cache populate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Platforms: linux/{amd64,arm64,386,arm/v7,riscv64,ppc64le,s390x}, each also with /musl; \
                  macos/{amd64,arm64}; windows/{amd64,arm64,386}\n\nExamples:\n  headerkit-backend cache populate --all\n  \
                  headerkit-backend cache populate include/mylib.h -w cffi --platform linux/amd64 --platform macos/arm64"
)]
pub struct Populate {
    /// Headers or quoted glob patterns; without any, those of the configuration
    #[arg(value_name = "HEADER")]
    pub headers: Vec<String>,
    /// Writer to run (repeatable)
    #[arg(short, long = "writer", value_name = "NAME")]
    pub writers: Vec<String>,
    /// Platform, in Docker's spelling (repeatable); default: those of [tool.headerkit.cache.populate]
    #[arg(long = "platform", value_name = "PLATFORM", conflicts_with = "all")]
    pub platforms: Vec<String>,
    /// Target triple (repeatable)
    #[arg(long = "target", value_name = "TRIPLE")]
    pub targets: Vec<String>,
    /// All platforms
    #[arg(long)]
    pub all: bool,
    /// What [tool.cibuildwheel] and the CIBW_* variables build for
    #[arg(long, conflicts_with = "all")]
    pub cibuildwheel: bool,
    /// What parses for the targets
    #[arg(long, value_enum, default_value_t = Engine::Clang)]
    pub engine: Engine,
    /// Containers: Python to run with, such as 3.12; the first one that an image has (repeatable)
    #[arg(long = "python", value_name = "VERSION")]
    pub pythons: Vec<String>,
    /// Containers: image for all platforms; default: those of [tool.headerkit.cache.populate.images], or manylinux
    /// and musllinux
    #[arg(long = "docker-image", value_name = "IMAGE")]
    pub image: Option<String>,
    /// Containers: seconds that each may take (default: 600)
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Containers: folder with wheels of headerkit-backend and libclang to use before the package index (repeatable)
    #[arg(long = "wheel", value_name = "DIR")]
    pub wheels: Vec<PathBuf>,
    /// Only show what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// How headers are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Option of a writer (repeatable; a repeated key makes a list)
    #[arg(long = "writer-opt", value_name = "WRITER:KEY=VALUE")]
    pub writer_options: Vec<String>,
    /// Headers that patterns must not select (repeatable glob)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Report as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

/// What parses for foreign targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// This machine's libclang, with the targets' system headers
    #[default]
    Clang,
    /// A container per target: docker, or podman where there is none
    Docker,
    /// A container per target, with podman
    Podman,
    /// This machine for itself, with its own system headers
    Native,
}

/// `store`.
#[derive(Debug, Subcommand)]
#[command(after_long_help = "\
Examples:
  headerkit-backend store merge store-linux store-macos -o .headerkit
  headerkit-backend store explain include/mylib.h -w cffi
  headerkit-backend store verify --reparse")]
pub enum Store {
    /// Copy the entries of several stores into one; nothing is lost
    #[command(after_long_help = "\
Entries with different keys are all kept. Where two stores have different results for the same key, that of the first
stays and the other is named. Links in a store are not followed. Exit status 1 if anything was not merged.

Examples:
  headerkit-backend store merge store-linux store-macos store-windows -o .headerkit
  headerkit-backend store merge /tmp/artifact -o .headerkit --json")]
    Merge {
        /// Stores to read
        #[arg(required = true, value_name = "SOURCE")]
        sources: Vec<PathBuf>,
        /// Store to write
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
        /// Report as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Check digests and keys of all entries; with --reparse, make them again and compare
    Verify(Verify),
    /// Say why an output is served from the store, or what keeps it from being served
    Explain(Explain),
}

/// `store verify`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
With --reparse every entry that the project asks for is made again, with the libclang that is here, and compared byte
for byte: the way to review a change of the store that somebody else made. Exit status 1 if anything is damaged or
different; what cannot be made here is listed and is no failure.

Examples:
  headerkit-backend store verify
  headerkit-backend store verify --reparse --json")]
pub struct Verify {
    /// Parse the headers again and compare what is stored with what comes out
    #[arg(long)]
    pub reparse: bool,
    /// Report as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

/// `store explain`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  headerkit-backend store explain include/mylib.h -w cffi
  headerkit-backend store explain include/mylib.h --target aarch64-macos --json")]
pub struct Explain {
    /// Headers or quoted glob patterns; without any, those of the configuration
    #[arg(value_name = "HEADER")]
    pub headers: Vec<String>,
    /// Writer (repeatable); default: those of the configuration
    #[arg(short, long = "writer", value_name = "NAME")]
    pub writers: Vec<String>,
    /// Target triple (repeatable); default: this machine
    #[arg(long = "target", value_name = "TRIPLE")]
    pub targets: Vec<String>,
    /// How headers are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Option of a writer (repeatable; a repeated key makes a list)
    #[arg(long = "writer-opt", value_name = "WRITER:KEY=VALUE")]
    pub writer_options: Vec<String>,
    /// Report as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

/// `inspect`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  headerkit-backend inspect config
  headerkit-backend inspect args include/mylib.h -I include
  headerkit-backend inspect ir include/mylib.h
  headerkit-backend inspect schema config")]
pub struct Inspect {
    /// What to show
    #[arg(value_enum)]
    pub what: Subject,
    /// Headers, and what else changes what is generated.
    #[command(flatten)]
    pub generate: Generate,
}

/// What `inspect` shows.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Subject {
    /// The resolved configuration, with the origin of each value
    Config,
    /// The clang command line of each header
    Args,
    /// The IR of each header
    Ir,
    /// A JSON Schema: `schema ir` or `schema config`
    Schema,
    /// What the outputs lack of their headers, or have otherwise, and why; all details with --verbose
    Warnings,
}
