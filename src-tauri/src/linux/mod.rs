//! What Linux does in its own way. The same functions exist in `mac/`, so that everything above is one path.

pub mod board;
pub mod clipboard;
pub mod front;
mod keyboard;
mod selection;
mod x11;

pub use keyboard::keyboard;
pub use selection::selected_text;
