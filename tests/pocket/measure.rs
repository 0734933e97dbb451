//! Word errors with their uncertainty, pitch, and likeness of waveforms.

use std::fmt;

/// Lower-case words only.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_ascii_alphabetic() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Edits that turn one list of words into the other.
fn distance(a: &[String], b: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let here = (corner + usize::from(x != y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], here);
        }
    }
    row[b.len()]
}

/// Word error rate over many lines, with a 95 % bootstrap interval over the lines.
pub struct Errors {
    pub rate: f64,
    pub low: f64,
    pub high: f64,
    lines: usize,
}

impl Errors {
    pub fn between(said: &[String], heard: &[String]) -> Self {
        assert_eq!(said.len(), heard.len(), "one transcript a line");
        let pairs: Vec<(usize, usize)> = said
            .iter()
            .zip(heard)
            .map(|(a, b)| (words(a), words(b)))
            .map(|(a, b)| (distance(&a, &b), a.len()))
            .collect();
        let rate = |some: &mut dyn Iterator<Item = (usize, usize)>| {
            let (wrong, all) = some.fold((0, 0), |(w, n), (x, y)| (w + x, n + y));
            wrong as f64 / all.max(1) as f64
        };
        // Knuth's linear congruential generator: the same draws on every machine.
        let mut state = 1_u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            pairs[(state >> 33) as usize % pairs.len()]
        };
        let mut rates: Vec<f64> = (0..1000)
            .map(|_| rate(&mut (0..pairs.len()).map(|_| draw())))
            .collect();
        rates.sort_by(f64::total_cmp);
        Self {
            rate: rate(&mut pairs.iter().copied()),
            low: rates[25],
            high: rates[974],
            lines: pairs.len(),
        }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let [rate, low, high] = [self.rate, self.low, self.high].map(|x| 100.0 * x);
        write!(
            f,
            "{rate:.1} % of words wrong ({low:.1} to {high:.1}, {} lines)",
            self.lines
        )
    }
}

/// Correlation of two waveforms over the length they share.
pub fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| p * q).sum::<f32>();
    let count = a.len().min(b.len());
    let (a, b) = (&a[..count], &b[..count]);
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-9)
}

/// Median pitch in Hz of what is voiced in 24 kHz sound, between 60 and 400 Hz; 0 without any.
pub fn pitch(sound: &[f32]) -> f32 {
    let mut found: Vec<f32> = sound.chunks_exact(1200).filter_map(period).collect();
    found.sort_by(f32::total_cmp);
    found.get(found.len() / 2).map_or(0.0, |lag| 24_000.0 / lag)
}

/// The shortest lag at which 50 ms of sound nearly repeat.
fn period(piece: &[f32]) -> Option<f32> {
    let power = piece.iter().map(|x| x * x).sum::<f32>() / piece.len() as f32;
    if power.sqrt() < 0.01 {
        return None;
    }
    let at = |lag: usize| likeness(&piece[lag..], &piece[..piece.len() - lag]);
    let lags: Vec<f32> = (59..=400).map(at).collect();
    let best = lags[1..].iter().copied().fold(0.0, f32::max);
    let peak =
        |k: &usize| lags[*k] > 0.85 * best && lags[*k] >= lags[k - 1] && lags[*k] >= lags[k + 1];
    (best > 0.5)
        .then(|| (1..lags.len() - 1).find(peak).map(|k| (k + 59) as f32))
        .flatten()
}
