//! How deep a body is nested.

/// True if brackets outside of strings are nested deeper than the limit. Looks at bytes only: whether it is JSON is found out later.
pub(super) fn is_deeper_than(limit: usize, body: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in body.bytes() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_that_stand_outside_of_strings_count() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(!is_deeper_than(128, &nested(128)));
        assert!(is_deeper_than(128, &nested(129)));
        assert!(!is_deeper_than(1, r#"["[[[\"[[[", "]\\", "[["]"#));
        assert!(!is_deeper_than(1, "[][][]"));
    }
}
