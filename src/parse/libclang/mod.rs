//! stub
use super::{Error, ParseOutcome, ParseRequest};
use std::path::PathBuf;
pub struct Parser;
impl Parser {
    pub fn load(_: &[PathBuf], _: &[PathBuf]) -> Result<Parser, Error> {
        Ok(Parser)
    }
    pub fn version(&self) -> u32 {
        0
    }
    pub fn parse(&self, _: &ParseRequest) -> Result<ParseOutcome, Error> {
        Err(Error::LibclangUnavailable { searched: vec![] })
    }
    pub fn arguments(&self, _: &ParseRequest) -> Vec<String> {
        vec![]
    }
}
pub mod locate {
    use std::path::PathBuf;
    pub struct Places {
        pub sys_path: Vec<PathBuf>,
        pub project: PathBuf,
        pub managed: Option<PathBuf>,
    }
    pub struct Candidates {
        pub libraries: Vec<PathBuf>,
        pub searched: Vec<String>,
    }
    pub fn candidates(_: &Places) -> Candidates {
        Candidates { libraries: vec![], searched: vec![] }
    }
}
