use crate::{Error, Result};
#[derive(Debug, Clone, PartialEq)]
pub struct Codes {
    codebooks: usize,
    data: Vec<i32>,
}
impl Codes {
    pub fn new(codebooks: usize, data: Vec<i32>) -> Result<Self> {
        if codebooks == 0 || !data.len().is_multiple_of(codebooks) {
            return Err(Error::input("x", "y"));
        }
        Ok(Self { codebooks, data })
    }
    pub fn codebooks(&self) -> usize {
        self.codebooks
    }
    pub fn frames(&self) -> usize {
        self.data.len() / self.codebooks
    }
    pub fn frame(&self, t: usize) -> Vec<i32> {
        (0..self.codebooks)
            .map(|k| self.data[k * self.frames() + t])
            .collect()
    }
}
