//! What Linux does in its own way. The same functions exist in `mac/`, so that everything above is one path.

pub mod clipboard;
mod keyboard;
mod selection;

pub use keyboard::keyboard;
pub use selection::selected_text;
