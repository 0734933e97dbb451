//! A row of logits on the host: its best candidates, its normaliser.

/// The ids of the `n` largest values, best first; the lower id first among equals.
pub fn best(row: &[f32], n: usize) -> Vec<usize> {
    let order = |a: &usize, b: &usize| row[*b].total_cmp(&row[*a]).then(a.cmp(b));
    let mut ids: Vec<usize> = (0..row.len()).collect();
    if n < ids.len() {
        ids.select_nth_unstable_by(n, order);
        ids.truncate(n);
    }
    ids.sort_unstable_by(order);
    ids
}

/// ln Σ exp, in f64.
pub fn log_sum_exp(row: &[f32]) -> f64 {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let most = f64::from(most);
    most + row
        .iter()
        .map(|&x| (f64::from(x) - most).exp())
        .sum::<f64>()
        .ln()
}
