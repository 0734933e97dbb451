//! Where the popover goes. Plain arithmetic in physical pixels, so that it is tested without a screen.

/// A rectangle on the desktop, in physical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Distance from the screen's edges and from the tray icon.
const GAP: f64 = 8.0;

/// The top-left corner for a window of `width` × `height`: centred under the tray icon (above it when the
/// tray is at the bottom), and always inside the screen's `work` area. Without an icon of known size (the
/// tray of Linux gives none) it is the top right corner, where menu bars keep their icons.
pub fn beside(icon: Option<Area>, width: f64, height: f64, work: Area) -> (f64, f64) {
    let right = work.x + work.width - width - GAP;
    let bottom = work.y + work.height - height - GAP;
    let (x, y) = match icon.filter(|i| i.width > 0.0 && i.height > 0.0) {
        None => (right, work.y + GAP),
        Some(icon) => {
            let x = icon.x + (icon.width - width) / 2.0;
            let below = icon.y + icon.height + GAP;
            (
                x,
                if below <= bottom {
                    below
                } else {
                    icon.y - height - GAP
                },
            )
        }
    };
    (
        x.min(right).max(work.x + GAP).round(),
        y.min(bottom).max(work.y + GAP).round(),
    )
}

/// How much of a window's upper left must be on a screen, so that it can be taken hold of.
const GRIP: f64 = 80.0;

/// Whether a window whose corner is here can be seen and moved on one of the screens.
pub fn visible(x: f64, y: f64, mut screens: impl Iterator<Item = Area>) -> bool {
    screens.any(|s| {
        (s.x - GRIP..=s.x + s.width - GRIP).contains(&x)
            && (s.y..=s.y + s.height - GRIP).contains(&y)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Area = Area {
        x: 0.0,
        y: 25.0,
        width: 1440.0,
        height: 875.0,
    };

    fn icon(x: f64, y: f64) -> Option<Area> {
        Some(Area {
            x,
            y,
            width: 24.0,
            height: 24.0,
        })
    }

    #[test]
    fn hangs_centred_under_the_icon() {
        assert_eq!(
            beside(icon(800.0, 0.0), 360.0, 520.0, SCREEN),
            (632.0, 33.0)
        );
    }

    #[test]
    fn keeps_inside_when_the_icon_is_at_the_edge() {
        assert_eq!(
            beside(icon(1410.0, 0.0), 360.0, 520.0, SCREEN).0,
            1440.0 - 360.0 - 8.0
        );
        assert_eq!(beside(icon(0.0, 0.0), 360.0, 520.0, SCREEN).0, 8.0);
    }

    #[test]
    fn stands_above_a_tray_at_the_bottom() {
        let (_, y) = beside(icon(800.0, 880.0), 360.0, 520.0, SCREEN);
        assert_eq!(y, 880.0 - 520.0 - 8.0);
    }

    #[test]
    fn takes_the_top_right_corner_without_a_known_icon() {
        let empty = Some(Area {
            x: 0.0,
            y: 0.0,
            width: 0.0,
            height: 0.0,
        });
        assert_eq!(beside(None, 360.0, 520.0, SCREEN), (1072.0, 33.0));
        assert_eq!(beside(empty, 360.0, 520.0, SCREEN), (1072.0, 33.0));
    }

    #[test]
    fn shows_its_top_left_on_a_screen_that_is_too_small() {
        let small = Area {
            x: -300.0,
            y: 0.0,
            width: 300.0,
            height: 400.0,
        };
        assert_eq!(beside(None, 360.0, 520.0, small), (-292.0, 8.0));
    }

    #[test]
    fn a_window_on_a_screen_that_is_gone_is_not_put_there() {
        let on = |x, y| visible(x, y, [SCREEN].into_iter());
        assert!(on(100.0, 100.0) && on(-20.0, 25.0));
        for (x, y) in [
            (1500.0, 100.0),
            (100.0, 0.0),
            (100.0, 890.0),
            (-200.0, 50.0),
        ] {
            assert!(!on(x, y), "{x} {y}");
        }
        assert!(!visible(0.0, 0.0, std::iter::empty()));
    }
}
