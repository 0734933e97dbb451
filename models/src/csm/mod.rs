//! CSM-1B and Marvis: text and context in, frames of Mimi codes out.
//!
//! A backbone reads rows of 32 codes and a text id and predicts codebook 0 of the next frame; a small depth decoder,
//! fresh for every frame, predicts the other codebooks one after the other. A frame of zeros ends the utterance.
//!
//! - [`Config`]: sizes, from any of the public config.json flavours
//! - [`keys`]: the key names of the public layouts
//! - [`Prompt`]: rows made from context segments and text
//! - [`Csm`]: the networks; [`Csm::generate`] is the frame loop
//! - [`Record`]: somebody who wants to know what went into every choice
//!
//! Reference: SesameAILabs/csm, transformers `modeling_csm.py`; parity in `models/tests/csm`.

mod config;
mod generate;
pub mod keys;
mod network;
mod profile;
mod prompt;
mod record;
mod specs;
mod tokenizer;

pub use config::{Config, Transformer};
pub use generate::{Generated, Noise, Options, StoppedBy};
pub use network::Csm;
pub use profile::Profile;
pub use prompt::{Prompt, Segment};
pub use record::{Record, Taken};
pub use specs::specs;
pub use tokenizer::TextTokenizer;
