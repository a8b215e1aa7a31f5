//! Why a container did not fill the store.

use std::io;
use std::path::PathBuf;

use crate::diagnostics::Hint;
use crate::target::Target;

/// Why there is nothing from a container.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing runs containers.
    #[error("no container engine was found: looked for {looked} on PATH")]
    NoEngine {
        /// The names.
        looked: String,
    },
    /// Containers are Linux.
    #[error("no container has the system headers of `{target}`")]
    NotLinux {
        /// As asked for.
        target: Target,
    },
    /// Not the name of an image.
    #[error("`{image}` cannot be the image for {platform}")]
    BadImage {
        /// As configured.
        image: String,
        /// In Docker's spelling.
        platform: String,
    },
    /// Nothing fetches wheels.
    #[error("`{}` has no pip, and there is no uv on PATH, to fetch the wheel that runs in the container", python.display())]
    NoInstaller {
        /// The interpreter that was asked.
        python: PathBuf,
    },
    /// Our own wheel cannot be had for the platform.
    #[error("the wheel of {requirement} for `{target}` cannot be had\n{said}")]
    NoWheel {
        /// Ours, at this version.
        requirement: String,
        /// The container's target.
        target: Target,
        /// pip's last lines, indented.
        said: String,
    },
    /// The engine's program does not start.
    #[error("`{engine}` cannot be run")]
    Start {
        /// Its name.
        engine: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The container ended without an answer.
    #[error("the container of image `{image}` for {platform} failed with status {status}\n{said}")]
    Failed {
        /// The engine's name.
        engine: &'static str,
        /// The image.
        image: String,
        /// In Docker's spelling.
        platform: String,
        /// The engine's own (125 to 127) or the container's.
        status: String,
        /// The last lines of standard error, indented.
        said: String,
    },
    /// It took too long, and was ended.
    #[error("the container of image `{image}` for {platform} was ended after {seconds} seconds")]
    TimedOut {
        /// The image.
        image: String,
        /// In Docker's spelling.
        platform: String,
        /// The limit.
        seconds: u64,
    },
    /// What it handed out is not what we make.
    #[error("the container of image `{image}` gave no usable answer: {problem}")]
    Answer {
        /// The image.
        image: String,
        /// Why.
        problem: String,
    },
    /// Some of its entries could not be taken.
    #[error("the store of the container of image `{image}` could not be merged\n{}", problems.join("\n"))]
    Merge {
        /// The image.
        image: String,
        /// One sentence each.
        problems: Vec<String>,
    },
    /// Headers could not be parsed there.
    #[error("in the container of image `{image}`:\n{said}")]
    Inside {
        /// The image.
        image: String,
        /// All that was said there, indented.
        said: String,
        /// What to do about it.
        hints: Vec<String>,
    },
    /// A file of ours.
    #[error("temporary files of a container: {0}")]
    Io(#[from] io::Error),
}

/// What docker and podman say of an image that exists for other platforms only.
const OTHER_PLATFORM: &[&str] = &[
    "no matching manifest",
    "no image found in",
    "the specified platform",
    "choosing an image from manifest",
];
/// What they say if there is no way to the registry.
const UNREACHABLE: &[&str] =
    &["no such host", "i/o timeout", "onnection refused", "network is unreachable", "Client.Timeout"];
/// What registries say of images that they do not have or do not give away.
const NO_IMAGE: &[&str] =
    &["manifest unknown", "not found", "access denied", "unauthorized", "short-name", "does not exist"];

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        let clang = "`--engine clang` needs no container: `python -m pip install ziglang`";
        let images = "[tool.headerkit.cache.populate.images]";
        match self {
            Error::NoEngine { .. } => vec!["install docker or podman".into(), clang.into()],
            Error::NotLinux { .. } => {
                vec![clang.into(), "`--engine native` on such a machine stores it there".into()]
            }
            Error::BadImage { .. } => vec![format!("write it as REGISTRY/NAME[:TAG] in {images}")],
            Error::NoInstaller { .. } => vec!["install pip with `python3 -m ensurepip`".into()],
            Error::NoWheel { .. } => {
                vec!["name a folder that has it with `--wheel DIR`".into(), clang.into()]
            }
            Error::Start { .. } | Error::Io(_) => Vec::new(),
            Error::Failed { engine, image, platform, status, said } => match status.as_str() {
                "64" => vec![format!(
                    "name one of those with `--python` (`python_versions` in [tool.headerkit.cache.populate]), or none, \
                     because the program needs no Python; or name another image in {images}"
                )],
                _ if said.contains("sock") && said.contains("ermission denied") => vec![format!(
                    "this user may not use {engine}: `sudo usermod -aG docker $USER` and a new login allow it; \
                     `--engine podman` needs no such right"
                )],
                _ if said.contains("annot connect to") || said.contains("failed to connect to the docker") => vec![match *engine {
                    "podman" => "start it with `podman machine start`".into(),
                    _ => "start it: `sudo systemctl start docker`, or Docker Desktop".to_owned(),
                }],
                _ if said.to_ascii_lowercase().contains("exec format error") => vec![format!(
                    "this machine does not run {platform}; emulate it: `{engine} run --privileged --rm \
                     tonistiigi/binfmt --install all`"
                )],
                "125" if OTHER_PLATFORM.iter().any(|words| said.contains(words)) => vec![format!(
                    "image `{image}` is not made for {platform}: name one that is in {images}, or leave the platform \
                     out"
                )],
                "125" if UNREACHABLE.iter().any(|words| said.contains(words)) => vec![format!(
                    "the registry of `{image}` cannot be reached: check that name, and network and proxy of {engine}; an \
                     image that is on this machine needs none"
                )],
                "125" if NO_IMAGE.iter().any(|words| said.contains(words)) => vec![format!(
                    "check the name `{image}` in {images} or `--docker-image`; one that is not public needs `{engine} \
                     login`"
                )],
                "125" => vec![format!(
                    "check that `{engine} info` works and `{engine} pull --platform {platform} {image}` finds the \
                     image; name another one in {images}"
                )],
                "126" | "127" => vec![format!("the image needs `/bin/sh` and `tar`; name another one in {images}")],
                _ => Vec::new(),
            },
            Error::TimedOut { .. } => vec![
                "allow more with `--timeout SECONDS` or `timeout` in [tool.headerkit.cache.populate]; pulling the \
                 image counts"
                    .into(),
            ],
            Error::Answer { .. } => vec![format!("the image needs `/bin/sh` and `tar`; name another one in {images}")],
            Error::Merge { .. } => Vec::new(),
            Error::Inside { hints, .. } => hints.clone(),
        }
    }
}
