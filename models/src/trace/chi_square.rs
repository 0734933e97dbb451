//! Whether draws follow the probabilities that they were drawn with.

use serde::Serialize;
use statrs::function::erf::erfc;
use statrs::function::gamma::checked_gamma_ur;

/// Cells that expect fewer draws are merged: the approximation needs some in each.
const LEAST_EXPECTED: f64 = 5.0;

/// Pearson's test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChiSquare {
    pub statistic: f64,
    pub cells: usize,
    /// How often a right sampler would look as bad as this or worse. 0 where something impossible was drawn.
    pub p: f64,
    /// Draws of tokens that had no probability at all.
    pub impossible: u64,
}

impl ChiSquare {
    /// `seen[i]` draws of token i where `expected[i]` were to be expected; `impossible` of them when they could not be drawn.
    /// When the probabilities change from draw to draw the test is conservative: sums of unlike draws scatter less
    /// than like ones. None when fewer than two cells are left.
    pub fn test(seen: &[u64], expected: &[f64], impossible: u64) -> Option<Self> {
        let mut cells: Vec<(f64, f64)> = Vec::new();
        let mut rest = (0.0, 0.0);
        for (&n, &e) in seen.iter().zip(expected) {
            if e < LEAST_EXPECTED {
                rest = (rest.0 + n as f64, rest.1 + e);
            } else {
                cells.push((n as f64, e));
            }
        }
        if rest.1 >= LEAST_EXPECTED {
            cells.push(rest);
        } else if rest.0 + rest.1 > 0.0
            && let Some(last) = cells.last_mut()
        {
            *last = (last.0 + rest.0, last.1 + rest.1);
        }
        let statistic: f64 = cells.iter().map(|(n, e)| (n - e).powi(2) / e).sum();
        if cells.len() < 2 {
            return (impossible > 0).then_some(Self {
                statistic,
                cells: cells.len(),
                p: 0.0,
                impossible,
            });
        }
        let p = upper_tail(statistic, cells.len() - 1);
        Some(Self {
            statistic,
            cells: cells.len(),
            p: if impossible > 0 { 0.0 } else { p },
            impossible,
        })
    }
}

/// The probability that a chi-square variable exceeds `x`.
fn upper_tail(x: f64, degrees: usize) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    checked_gamma_ur(degrees as f64 / 2.0, x / 2.0).unwrap_or(0.0)
}

/// How often a sum with this mean and variance is as far from its mean as `seen`, or further: the normal
/// approximation with its continuity correction. 1 when nothing can vary and nothing does.
pub fn two_sided(seen: u64, mean: f64, variance: f64) -> f64 {
    let distance = (seen as f64 - mean).abs();
    if variance <= 1e-12 {
        return if distance < 0.5 { 1.0 } else { 0.0 };
    }
    erfc((distance - 0.5).max(0.0) / (2.0 * variance).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_equal_tabulated_ones() {
        for (degrees, x, p) in [(1, 3.841, 0.05), (10, 18.307, 0.05), (50, 86.661, 0.001)] {
            assert!((upper_tail(x, degrees) - p).abs() < 2e-4, "{degrees}");
        }
        assert!((two_sided(120, 100.0, 102.5) - 0.0541).abs() < 1e-3);
        assert_eq!((two_sided(0, 0.0, 0.0), two_sided(3, 0.0, 0.0)), (1.0, 0.0));
    }

    #[test]
    fn fair_counts_pass_and_unfair_ones_do_not() {
        let fair =
            ChiSquare::test(&[98, 103, 99, 0, 1], &[100.0, 100.0, 100.0, 0.6, 0.4], 0).unwrap();
        assert!(fair.p > 0.9 && fair.cells == 3, "{fair:?}");
        let unfair = ChiSquare::test(&[180, 60, 60], &[100.0; 3], 0).unwrap();
        assert!(unfair.p < 1e-12, "{unfair:?}");
        assert_eq!(ChiSquare::test(&[1, 1], &[1.0, 1.0], 0), None);
        assert_eq!(
            ChiSquare::test(&[98, 103], &[100.0, 101.0], 1).unwrap().p,
            0.0
        );
    }
}
