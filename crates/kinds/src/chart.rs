//! What a chart is made of and helm does not find, from helm's own words. Reads text; asks nothing.

use alloc::format;
use alloc::string::String;

use protocol::Failure;

/// How helm says that the folder is no chart's, or, when it lints, that there is none.
const NO_CHART: [&str; 2] = [
    "Chart.yaml file is missing",
    "unable to check Chart.yaml file in chart",
];

const FIX: &str = "a path that begins at the folder of pipeline.toml, or let a step before make it";

/// Why helm can't begin: the chart or one of its values files is not there.
pub(crate) fn missing(output: &str, chart: &str, values: &[String]) -> Option<Failure> {
    // What is no folder helm takes for a chart's name in a repository.
    let repository = chart.split('/').next().unwrap_or_default();
    let no_folder = [
        "non-absolute URLs should be in form of",
        &format!("Error: repo {repository} not found"),
        &format!("Error: path \"{chart}\" not found"),
    ];
    let says = |words: &[&str]| words.iter().any(|word| output.contains(word));
    let cause = match () {
        () if says(&no_folder) => format!("the chart's folder `{chart}` is not there"),
        () if says(&NO_CHART) => {
            format!("the chart's folder `{chart}` is not there, or has no Chart.yaml")
        }
        () => return values.iter().find_map(|file| no_values(output, file)),
    };
    Some(Failure::new(cause).fix(format!("correct `chart`, {FIX}")))
}

fn no_values(output: &str, file: &str) -> Option<Failure> {
    let is = [
        ("open", "no such file", "not there"),
        ("read", "is a directory", "a folder"),
    ];
    let (.., is) = is
        .into_iter()
        .find(|(act, why, _)| output.contains(&format!("Error: {act} {file}: {why}")))?;
    let cause = format!("the values file `{file}` is {is}");
    Some(Failure::new(cause).fix(format!("correct `values`, {FIX}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helm_does_not_find_is_told_by_its_key() {
        for (output, told) in [
            (
                "Error: non-absolute URLs should be in form of repo_name/path_to_chart, got: a/c",
                "the chart's folder `a/c` is not there",
            ),
            (
                "Error: repo a not found",
                "the chart's folder `a/c` is not there",
            ),
            (
                "Error: path \"a/c\" not found",
                "the chart's folder `a/c` is not there",
            ),
            (
                "Error: Chart.yaml file is missing",
                "the chart's folder `a/c` is not there, or has no Chart.yaml",
            ),
            (
                "Error unable to check Chart.yaml file in chart: stat a/c/Chart.yaml: no such file or directory",
                "the chart's folder `a/c` is not there, or has no Chart.yaml",
            ),
            (
                "Error: open v.yaml: no such file or directory",
                "the values file `v.yaml` is not there",
            ),
            (
                "Error: read v.yaml: is a directory",
                "the values file `v.yaml` is a folder",
            ),
            ("Error: open other.yaml: no such file or directory", ""),
        ] {
            let failure = missing(output, "a/c", &[String::from("v.yaml")]);
            assert_eq!(failure.map_or(String::new(), |failure| failure.cause), told);
        }
    }
}
