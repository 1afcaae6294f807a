//! Order statistics of measured times.

/// Measured times in milliseconds, sorted.
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// Takes times in milliseconds, in any order.
    pub(crate) fn new(mut times_ms: Vec<f64>) -> Times {
        times_ms.sort_by(f64::total_cmp);
        Times(times_ms)
    }

    /// Returns the time in milliseconds at `fraction` (0 is the shortest, 1 the longest);
    /// not-a-number when nothing was measured.
    pub(crate) fn at(&self, fraction: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else {
            return f64::NAN;
        };
        self.0[(last as f64 * fraction).round() as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::Times;

    #[test]
    fn the_median_of_unsorted_times_is_the_middle_one() {
        let times = Times::new(vec![9.0, 1.0, 5.0]);
        assert_eq!((times.at(0.0), times.at(0.5), times.at(1.0)), (1.0, 5.0, 9.0));
    }

    #[test]
    fn nothing_measured_is_not_a_number() {
        assert!(Times::new(vec![]).at(0.5).is_nan());
    }
}
