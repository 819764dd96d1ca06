//! How far a job is, by the progress bars that `tqdm` draws into its log.

/// The most bytes looked at, from the end of a log: a bar is drawn again and again.
const LOG_TAIL_BYTES: usize = 64 * 1024;

/// Returns the percentage of the last bar, such as ` 12%|#2        | 120/1000 [01:20<09:40]`, with or without a label.
pub(crate) fn percent(log: &str) -> Option<u8> {
    let tail = log.get(log.floor_char_boundary(log.len().saturating_sub(LOG_TAIL_BYTES))..)?;
    tail.rsplit(['\n', '\r']).find_map(bar_percent)
}

fn bar_percent(line: &str) -> Option<u8> {
    let (label, rest) = line.split_once('%')?;
    let (_, counts) = rest.trim_start().strip_prefix('|')?.split_once('|')?;
    let (done, total) = counts.split_once('/')?;
    if !label.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let done: u64 = done.trim().parse().ok()?;
    let digits = total.find(|c: char| !c.is_ascii_digit()).unwrap_or(total.len());
    let total: u64 = total.get(..digits)?.parse().ok()?;
    if done > total {
        return None;
    }
    u8::try_from(done.checked_mul(100)?.checked_div(total)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bar_of_a_log_counts() {
        let cases = [
            (
                "  0%|          | 0/28 [00:00<?, ?it/s]\n 50%|#####     | 14/28 [00:02<00:02,  6.10it/s]\ndone soon",
                Some(50),
            ),
            ("flux_train_replicate:  12%|#2        | 120/1000 [01:20<09:40, lr: 4.0e-04 loss: 3.5e-01]", Some(12)),
            ("Caching latents: 100%|\u{2588}\u{2588}| 12/12\r train:   0%| | 3/1000 [", Some(0)),
            ("100%|##########| 28/28", Some(100)),
            ("100% done", None),
            ("%|#| 1/2", None),
            (" 10%|#| 1/0", None),
            (" 10%|#| 2/1", None),
            (" 10%|#| x/y", None),
            (" 10%|#| 99999999999999999999/1", None),
            (" 10%|#| 18446744073709551615/18446744073709551615", None),
            ("", None),
        ];
        for (log, percent_done) in cases {
            assert_eq!(percent(log), percent_done, "{log:?}");
        }
    }

    #[test]
    fn only_the_end_of_a_huge_log_is_read() {
        let bar = " 10%|#| 1/10\n";
        assert_eq!(percent(&format!("{bar}{}", "\u{e9}\n".repeat(LOG_TAIL_BYTES))), None);
        assert_eq!(percent(&format!("{}{bar}", "\u{e9}\n".repeat(LOG_TAIL_BYTES))), Some(10));
    }
}
