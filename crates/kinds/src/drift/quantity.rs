//! Quantities, which the cluster writes in their shortest form.

use alloc::string::ToString;

use serde_json::Value;

/// `1000m`, `1`, `0.5`, `1Gi` as thousandths.
pub(super) fn quantity(value: &Value) -> Option<u128> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (number, decimals) = number.split_once('.').unwrap_or((number, ""));
    let power = |base: u128, unit| {
        let units = ["", "k", "M", "G", "T", "P"];
        let at = units
            .iter()
            .position(|other| other.eq_ignore_ascii_case(unit))?;
        base.checked_pow(u32::try_from(at).ok()?)?.checked_mul(1000)
    };
    let factor = match unit {
        "m" => 1,
        unit => unit
            .strip_suffix('i')
            .map_or_else(|| power(1000, unit), |unit| power(1024, unit))?,
    };
    let scale = 10_u128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let digits = format!("{number}{decimals}").parse::<u128>().ok()?;
    Some(digits.checked_mul(factor)? / scale)
}
