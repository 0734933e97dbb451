//! Which way to the selection worked in which program: a small file of names and steps, for the next time.
//!
//! Asking comes first anyway and is not written down. A file that cannot be read or written costs the memory and nothing
//! else; the reason goes to stderr.

use std::collections::BTreeMap;
use std::path::PathBuf;

use myna_engine::whole;

use super::ladder::Step;

pub struct Memory {
    file: PathBuf,
    known: BTreeMap<String, Step>,
}

impl Memory {
    pub fn at(file: PathBuf) -> Self {
        let text = std::fs::read(&file).unwrap_or_default();
        let known = serde_json::from_slice(&text).unwrap_or_default();
        Self { file, known }
    }

    /// The way that worked in a program, where it was not the first.
    pub fn step(&self, program: &str) -> Option<Step> {
        self.known.get(program).copied()
    }

    pub fn worked(&mut self, program: &str, step: Step) {
        if step != Step::Ask && self.known.insert(program.to_owned(), step) != Some(step) {
            self.write();
        }
    }

    pub fn forget(&mut self, program: &str) {
        if self.known.remove(program).is_some() {
            self.write();
        }
    }

    fn write(&self) {
        let written = serde_json::to_vec_pretty(&self.known)
            .map_err(std::io::Error::from)
            .map_err(|e| myna_engine::Error::output(&self.file, e))
            .and_then(|text| whole::write(&self.file, &text));
        if let Err(error) = written {
            eprintln!("myna-app: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlives_the_app() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("selection.json");
        Memory::at(file.clone()).worked("com.example.editor", Step::Keys);
        let mut memory = Memory::at(file.clone());
        assert_eq!(memory.step("com.example.editor"), Some(Step::Keys));
        memory.forget("com.example.editor");
        assert_eq!(Memory::at(file).step("com.example.editor"), None);
    }

    #[test]
    fn a_file_that_is_none_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("selection.json");
        std::fs::write(&file, "{\"a\": \"jump\"").unwrap();
        let mut memory = Memory::at(file.clone());
        assert_eq!(memory.step("a"), None);
        memory.worked("a", Step::Menu);
        assert_eq!(Memory::at(file).step("a"), Some(Step::Menu));
    }

    #[test]
    fn a_program_that_tells_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("selection.json");
        Memory::at(file.clone()).worked("a", Step::Ask);
        assert!(!file.exists());
    }
}
