//! The controls of a reading, for any thread: orders in, events out.

use super::player::{Open, Player, Tell};
use super::shelf::{Inner, Shelf};
use super::{Event, Maker, Piece, State, making};
use crate::{Error, Result};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the player looks at its output while something is heard.
const TICK: Duration = Duration::from_millis(10);

/// What a listener can ask for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Control {
    Pause,
    /// After the end: from the beginning. After a failure: once more.
    Resume,
    Stop,
    Next,
    Previous,
    /// This piece from its beginning.
    Repeat,
    GoTo(usize),
    /// 0.5 to 3, without another pitch.
    Speed(f64),
    /// 0 to 1.
    Volume(f32),
    /// Whatever is made ahead is made anew: the voice was changed.
    Remake,
    /// The output is opened anew: another device is to be heard, from the same place on.
    Reopen,
}

enum Order {
    Play(Vec<Piece>),
    Queue(Vec<Piece>),
    Control(Control),
    Close,
}

/// A reading, or the place for one. Dropping it ends everything within moments.
pub struct Session {
    orders: Sender<Order>,
    state: Arc<Mutex<State>>,
    threads: Vec<JoinHandle<()>>,
    shelf: Arc<Shelf>,
}

impl Session {
    /// Starts the two threads. `open` is called when something is to be heard, and again when the device went away;
    /// `tell` on the player's thread, and must not wait.
    pub fn start(maker: Box<dyn Maker>, open: Open, tell: Tell) -> Result<Self> {
        let (orders, obeyed) = channel();
        let (state, shelf) = (Arc::new(Mutex::new(State::Idle)), Arc::default());
        let mut session = Self {
            orders,
            state: Arc::clone(&state),
            threads: Vec::new(),
            shelf: Arc::clone(&shelf),
        };
        let making = shelf.clone();
        session.thread("maker", move || making::run(&making, maker))?;
        session.thread("player", move || {
            obey(Player::new(shelf, open, knowing(state, tell)), &obeyed);
        })?;
        Ok(session)
    }

    fn thread(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = std::thread::Builder::new().name(name.into()).spawn(run);
        self.threads.push(thread.map_err(|e| {
            Error::request(
                format!("a thread to speak with cannot be started: {e}"),
                "Close other programs and try again.",
            )
        })?);
        Ok(())
    }

    /// Reads these instead of what is being read.
    pub fn play(&self, pieces: Vec<Piece>) {
        self.order(Order::Play(pieces));
    }

    /// Reads these after what is being read.
    pub fn queue(&self, pieces: Vec<Piece>) {
        self.order(Order::Queue(pieces));
    }

    pub fn control(&self, control: Control) {
        self.order(Order::Control(control));
    }

    /// As it was told last: whoever hears of an end finds it ended.
    pub fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn order(&self, order: Order) {
        // The thread lives as long as this.
        _ = self.orders.send(order);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.order(Order::Close);
        self.shelf.change(Inner::close);
        for thread in self.threads.drain(..) {
            _ = thread.join();
        }
    }
}

/// Keeps the state before anybody is told of it.
fn knowing(state: Arc<Mutex<State>>, mut tell: Tell) -> Tell {
    Box::new(move |event| {
        if let Event::State(now) = &event {
            *state.lock().unwrap_or_else(|e| e.into_inner()) = *now;
        }
        tell(event);
    })
}

/// The player's thread.
fn obey(mut player: Player, orders: &Receiver<Order>) {
    loop {
        let still = matches!(player.state(), State::Idle | State::Paused);
        let order = match still {
            true => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => orders.recv_timeout(TICK),
        };
        match order {
            Ok(Order::Close) | Err(RecvTimeoutError::Disconnected) => return player.stop(),
            Ok(Order::Play(pieces)) => player.play(pieces),
            Ok(Order::Queue(pieces)) => player.queue(pieces),
            Ok(Order::Control(control)) => steer(&mut player, control),
            Err(RecvTimeoutError::Timeout) => {}
        }
        player.step();
    }
}

fn steer(player: &mut Player, control: Control) {
    match control {
        Control::Pause => player.pause(),
        Control::Resume => player.resume(),
        Control::Stop => player.stop(),
        Control::Next => player.next(),
        Control::Previous => player.previous(),
        Control::Repeat => player.repeat(),
        Control::GoTo(piece) => player.go_to(piece),
        Control::Speed(speed) => player.set_speed(speed),
        Control::Volume(volume) => player.set_volume(volume),
        Control::Remake => player.remake(),
        Control::Reopen => player.change_output(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speak::session::Output;
    use crate::speak::session::test::{Shared, Singer, piece};
    use std::time::Instant;

    #[test]
    fn a_reading_is_heard_whole_and_a_session_ends_at_once() {
        let device = Shared::default();
        let (told, events) = channel();
        let opened = device.clone();
        let session = Session::start(
            Box::new(Singer::default()),
            Box::new(move || Ok(Box::new(opened.clone()) as Box<dyn Output>)),
            Box::new(move |event| _ = told.send(format!("{event:?}"))),
        )
        .unwrap();
        session.play(vec![piece("a", 0.5), piece("slow b", 0.5)]);
        let begin = Instant::now();
        loop {
            // The device's time passes by itself.
            device.pass(0.02);
            match events.recv_timeout(Duration::from_millis(1)) {
                Ok(event) if event.starts_with("Finished") => break,
                _ => assert!(begin.elapsed() < Duration::from_secs(20), "never finished"),
            }
        }
        assert_eq!(session.state(), State::Idle);
        assert_eq!(device.0.lock().unwrap().heard.len(), 24_000);
        session.play(vec![piece("slow c", 1000.0)]);
        session.control(Control::Speed(2.0));
        let begin = Instant::now();
        drop(session);
        assert!(begin.elapsed() < Duration::from_secs(1));
        // Whatever was left to tell was told before the end.
        assert!(events.iter().last().is_some());
    }

    #[test]
    fn whoever_is_told_of_a_state_finds_it() {
        let state = Arc::new(Mutex::new(State::Idle));
        let (found, found_by) = channel();
        let looked = state.clone();
        let look = move |_| _ = found.send(*looked.lock().unwrap());
        knowing(state, Box::new(look))(Event::State(State::Speaking));
        assert_eq!(found_by.recv(), Ok(State::Speaking));
    }

    #[test]
    fn events_are_whole_values() {
        // Listeners hand them to other threads.
        fn sendable<T: Send>() {}
        sendable::<Event>();
    }
}
