//! What only a Mac has. Kept thin: Linux can type-check this folder (`./dev check-macos`), not run it, so
//! each behaviour has a step in `docs/mac-checklist.md`.

mod accessibility;
pub mod front;
mod keyboard;
mod menu_bar;
mod pasteboard;
mod selection;
mod services;
mod typing;

pub use keyboard::keyboard;
pub use menu_bar::live_in_menu_bar;
pub use pasteboard::{General, sound};
pub use selection::selected_text;
pub use services::offer_service;
