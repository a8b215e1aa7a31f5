//! `completions`: a short script per shell, which asks `complete` for the candidates.
//!
//! The candidates come from the definition of the command line itself, so that the scripts never grow old.

use clap::{Arg, Args, Command, CommandFactory, ValueEnum};

use super::args::Cli;
use super::{Failure, render};
use crate::generate::writer_infos;
use crate::target::{PLATFORMS, Target};

/// `completions`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  headerkit-backend completions bash > ~/.local/share/bash-completion/completions/headerkit-backend
  headerkit-backend completions zsh > ~/.zfunc/_headerkit-backend        (a directory of fpath)
  headerkit-backend completions fish > ~/.config/fish/completions/headerkit-backend.fish
  headerkit-backend completions powershell >> $PROFILE
  headerkit-backend completions man > ~/.local/share/man/man1/headerkit-backend.1")]
pub struct Completions {
    /// The shell, or `man` for the manual page
    #[arg(value_enum)]
    shell: Shell,
}

/// `complete`, which the scripts call.
#[derive(Debug, Args)]
pub struct Complete {
    /// The words after the program up to the cursor; the last one is being typed
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Man,
}

const BASH: &str = r#"_headerkit_backend() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\t'*}")
    done < <("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _headerkit_backend headerkit-backend
"#;

const ZSH: &str = r#"#compdef headerkit-backend
_headerkit_backend() {
    local line
    local -a found
    for line in "${(@f)$("$words[1]" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    (( $#found )) && _describe headerkit-backend found || _files
}
if [[ $funcstack[1] = _headerkit-backend ]]; then
    _headerkit_backend "$@"
else
    compdef _headerkit_backend headerkit-backend
fi
"#;

const FISH: &str = r#"function __headerkit_backend
    set -l words (commandline -opc) (commandline -ct)
    $words[1] complete -- $words[2..-1] 2>/dev/null
end
complete -c headerkit-backend -a '(__headerkit_backend)'
"#;

const POWERSHELL: &str = r#"Register-ArgumentCompleter -Native -CommandName headerkit-backend -ScriptBlock {
    param($word, $ast, $cursor)
    $words = @($ast.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.ToString() })
    & $ast.CommandElements[0].ToString() complete -- @words "$word" 2>$null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
"#;

pub(super) fn run(arguments: &Completions) -> Result<(), Failure> {
    let text = match arguments.shell {
        Shell::Bash => BASH.to_owned(),
        Shell::Zsh => ZSH.to_owned(),
        Shell::Fish => FISH.to_owned(),
        Shell::Powershell => POWERSHELL.to_owned(),
        Shell::Man => manual(),
    };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))
}

/// One candidate per line, with a tab and what it is.
pub(super) fn complete(arguments: &Complete) -> Result<(), Failure> {
    let mut root = Cli::command();
    root.build();
    let (current, before) = match arguments.words.split_last() {
        Some((current, before)) => (current.as_str(), before),
        None => ("", [].as_slice()),
    };
    let text: String = candidates(&root, before, current)
        .into_iter()
        .filter(|(value, _)| value.starts_with(current))
        .map(|(value, help)| format!("{value}\t{help}\n"))
        .collect();
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))
}

/// What may stand at the cursor: values of the option before it, options, or commands and values.
fn candidates(root: &Command, before: &[String], current: &str) -> Vec<(String, String)> {
    let mut command = root;
    let mut pending: Option<&Arg> = None;
    for word in before {
        if pending.take().is_some() {
            continue;
        }
        match (command.find_subcommand(word), option(command, word)) {
            (Some(inner), _) => command = inner,
            (None, Some(found)) if found.get_action().takes_values() => pending = Some(found),
            _ => {}
        }
    }
    if let Some(option) = pending {
        return values(option);
    }
    if current.starts_with('-') {
        let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
        return shown
            .filter_map(|arg| Some((format!("--{}", arg.get_long()?), line(arg.get_help()))))
            .collect();
    }
    let commands = command.get_subcommands().filter(|inner| !inner.is_hide_set());
    let mut found: Vec<_> =
        commands.map(|inner| (inner.get_name().to_owned(), line(inner.get_about()))).collect();
    found.extend(command.get_positionals().flat_map(values));
    found
}

fn option<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| match (word.strip_prefix("--"), word.strip_prefix('-')) {
        (Some(long), _) => arg.get_long() == Some(long),
        (None, Some(short)) => arg.get_short().is_some_and(|known| short == known.to_string()),
        (None, None) => false,
    })
}

fn values(arg: &Arg) -> Vec<(String, String)> {
    let named = |names: Vec<String>| names.into_iter().map(|name| (name, String::new())).collect();
    match arg.get_id().as_str() {
        "writers" => return named(writer_infos().into_iter().map(|info| info.name).collect()),
        "platforms" => return named(PLATFORMS.iter().map(|&name| name.to_owned()).collect()),
        "target" | "targets" => {
            let targets = PLATFORMS.iter().filter_map(|name| Target::parse(name).ok());
            return named(targets.map(|target| target.to_string()).collect());
        }
        _ => {}
    }
    let shown = arg.get_possible_values();
    shown.iter().map(|value| (value.get_name().to_owned(), line(value.get_help()))).collect()
}

fn line(help: Option<&clap::builder::StyledStr>) -> String {
    help.map(|text| text.to_string().replace('\n', " ")).unwrap_or_default()
}

/// The manual page, in roff's man macros.
fn manual() -> String {
    let mut root = Cli::command();
    root.build();
    let name = root.get_name().to_owned();
    let mut page = format!(
        ".TH {} 1 \"\" \"{name} {}\"\n.SH NAME\n{name} \\- {}\n.SH SYNOPSIS\n",
        name.to_uppercase(),
        env!("CARGO_PKG_VERSION"),
        roff(&line(root.get_about())),
    );
    page.push_str(&format!(".nf\n{}\n.fi\n.SH OPTIONS\n", roff(&usage(&root))));
    describe(&root, &mut page);
    described(&root).for_each(|inner| section(inner, &mut page));
    page
}

/// The commands with a section of their own; `help` would repeat them all.
fn described(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
}

fn section(command: &Command, page: &mut String) {
    page.push_str(&format!(
        ".SH {}\n{}\n.PP\n.nf\n{}\n.fi\n",
        command.get_bin_name().unwrap_or_default().to_uppercase(),
        roff(&line(command.get_about())),
        roff(&usage(command)),
    ));
    describe(command, page);
    described(command).for_each(|inner| section(inner, page));
}

fn describe(command: &Command, page: &mut String) {
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set() && !arg.is_global_set()) {
        let short = arg.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
        let names = format!("{short}{arg}");
        page.push_str(&format!(".TP\n{}\n{}\n", roff(&names), roff(&line(arg.get_help()))));
    }
    if let Some(examples) = command.get_after_long_help() {
        page.push_str(&format!(".PP\n.nf\n{}\n.fi\n", roff(&examples.to_string())));
    }
}

fn usage(command: &Command) -> String {
    let text = command.clone().render_usage().to_string();
    text.trim_start_matches("Usage:").trim().lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// Text that roff shows as it is.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    text.lines()
        .map(|line| if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_owned() })
        .collect::<Vec<_>>()
        .join("\n")
}
