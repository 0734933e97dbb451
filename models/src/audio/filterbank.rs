//! Triangular filters: on Slaney's mel scale with Slaney's normalisation (librosa's default, Whisper's stored table), and
//! Kaldi's, which are triangles in mel instead of Hz and all equally high.

/// Linear below this, logarithmic above.
const KNEE_HZ: f64 = 1000.0;
const HZ_PER_MEL: f64 = 200.0 / 3.0;

fn log_step() -> f64 {
    6.4f64.ln() / 27.0
}

fn to_mel(hz: f64) -> f64 {
    if hz < KNEE_HZ {
        hz / HZ_PER_MEL
    } else {
        KNEE_HZ / HZ_PER_MEL + (hz / KNEE_HZ).ln() / log_step()
    }
}

fn to_hz(mel: f64) -> f64 {
    let knee = KNEE_HZ / HZ_PER_MEL;
    if mel < knee {
        mel * HZ_PER_MEL
    } else {
        KNEE_HZ * ((mel - knee) * log_step()).exp()
    }
}

/// One triangle: its weights from FFT bin `first` on; zero elsewhere.
#[derive(Debug, Clone)]
struct Triangle {
    first: usize,
    weights: Vec<f32>,
}

/// Triangles between every three neighbouring corners, sampled where `place` puts each bin.
fn triangles(
    corners: &[f64],
    bins: usize,
    place: impl Fn(usize) -> f64,
    height: impl Fn(&[f64]) -> f64,
) -> Vec<Triangle> {
    let one = |c: &[f64]| {
        let weight = |bin: usize| {
            let at = place(bin);
            let rising = (at - c[0]) / (c[1] - c[0]);
            let falling = (c[2] - at) / (c[2] - c[1]);
            (rising.min(falling).max(0.0) * height(c)) as f32
        };
        let first = (0..bins).find(|&b| weight(b) > 0.0).unwrap_or(0);
        let weights = (first..bins).map(weight).take_while(|&w| w > 0.0).collect();
        Triangle { first, weights }
    };
    corners.windows(3).map(one).collect()
}

/// `bands` triangles over the `fft / 2 + 1` bins of a real FFT. Stored sparsely: a triangle covers a few bins only.
#[derive(Debug, Clone)]
pub struct Filterbank {
    triangles: Vec<Triangle>,
    bins: usize,
}

impl Filterbank {
    /// `rate`, `low` and `high` in Hz; each triangle has the area of two bands' width in Hz, `2 / (right − left)`.
    pub fn slaney(rate: f64, fft: usize, bands: usize, low: f64, high: f64) -> Self {
        let bins = fft / 2 + 1;
        let (from, to) = (to_mel(low), to_mel(high));
        let corners: Vec<f64> = (0..bands + 2)
            .map(|i| to_hz(from + (to - from) * i as f64 / (bands + 1) as f64))
            .collect();
        let hz = |bin: usize| bin as f64 * rate / fft as f64;
        Self {
            triangles: triangles(&corners, bins, hz, |c| 2.0 / (c[2] - c[0])),
            bins,
        }
    }

    /// Kaldi's: mel = 1127 ln(1 + Hz / 700), each triangle 1 at its middle.
    pub fn kaldi(rate: f64, fft: usize, bands: usize, low: f64, high: f64) -> Self {
        let bins = fft / 2 + 1;
        let mel = |hz: f64| 1127.0 * (hz / 700.0).ln_1p();
        let (from, to) = (mel(low), mel(high));
        let corners: Vec<f64> = (0..bands + 2)
            .map(|i| from + (to - from) * i as f64 / (bands + 1) as f64)
            .collect();
        let place = |bin: usize| mel(bin as f64 * rate / fft as f64);
        Self {
            triangles: triangles(&corners, bins, place, |_| 1.0),
            bins,
        }
    }

    pub fn bands(&self) -> usize {
        self.triangles.len()
    }

    /// FFT bins covered, `fft / 2 + 1`.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// Sums `power` `[bins]` under each triangle into `out` `[bands]`.
    pub fn apply(&self, power: &[f32], out: &mut [f32]) {
        for (triangle, out) in self.triangles.iter().zip(out) {
            *out = triangle
                .weights
                .iter()
                .zip(&power[triangle.first..])
                .map(|(w, p)| w * p)
                .sum();
        }
    }

    /// The table `[bands, bins]`, row-major.
    pub fn dense(&self) -> Vec<f32> {
        let mut table = vec![0.0; self.bands() * self.bins];
        for (row, t) in table.chunks_exact_mut(self.bins).zip(&self.triangles) {
            row[t.first..t.first + t.weights.len()].copy_from_slice(&t.weights);
        }
        table
    }
}
