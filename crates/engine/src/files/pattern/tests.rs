use super::*;

#[track_caller]
fn names(pattern: &str, yes: &[&str], no: &[&str]) {
    let named = Named::new(pattern, "/r o[o]t").unwrap();
    let hits = |path: &str| {
        named.plain.iter().any(|name| name == path)
            || named.globs.iter().any(|glob| glob.matches(path))
    };
    for path in yes {
        assert!(hits(path), "`{pattern}` must name {path}");
    }
    for path in no {
        assert!(!hits(path), "`{pattern}` must not name {path}");
    }
}

#[test]
fn a_pattern_names_what_its_rules_say() {
    names("*.c", &["a.c", ".c", "é.c"], &["a/b.c", "a.C"]);
    names("?.c", &["é.c"], &["ab.c", ".c", "/.c"]);
    names("**", &["a", "a/b", ".x/y"], &[]);
    names("**/x", &["x", "a/x", "a/b/x", "a/x/below"], &["ax", "xa"]);
    names(
        "src/**/*.{c,h}",
        &["src/a.c", "src/d/e/a.h"],
        &["a.c", "src/a.o"],
    );
    names("{a,b/{c,d}}/*", &["a/x", "b/c/x", "b/d/x"], &["b/x", "c/x"]);
    names("{Makefile,*.mk}", &["Makefile", "a.mk"], &["makefile"]);
    names("[a-c]x", &["ax", "cx"], &["dx"]);
    names("[!a]x", &["bx"], &["ax"]);
    names("[^a]x", &["bx", "^x"], &["ax"]);
    names("[]]x", &["]x"], &["x"]);
    names("a\\*b", &["a*b"], &["axb"]);
    names("\\[id\\]/p", &["[id]/p"], &["i/p"]);
    names("\\{a,b\\}", &["{a,b}"], &["a", "b"]);
}

#[test]
fn names_that_exist_as_they_are_written_are_named_too() {
    names(
        "app/[id]/page",
        &["app/[id]/page", "app/i/page"],
        &["app/id/page"],
    );
    names("app/[...all]/*.ts", &["app/[...all]/a.ts"], &["app/x/a.js"]);
    names("a{b,c}d", &["abd", "acd", "a{b,c}d"], &["ad"]);
    names("{{name}}.txt", &["{{name}}.txt"], &[]);
}

#[test]
fn what_only_looks_different_names_the_same() {
    for pattern in [
        "src/*.c",
        "./src/*.c",
        "src//*.c",
        "src/./*.c",
        "x/../src/*.c",
        "/r o[o]t/src/*.c",
    ] {
        names(pattern, &["src/a.c"], &["a.c"]);
    }
    for pattern in [".", "./", "./**", "/r o[o]t", "/r o[o]t/"] {
        names(pattern, &["a", "a/b"], &[]);
    }
    names("packages/*/", &["packages/a/b/c"], &["packages/a"]);
    names(
        "packages/*/src",
        &["packages/a/src", "packages/a/src/b"],
        &["packages/src"],
    );
    names(
        "../shared/*.proto",
        &["../shared/a.proto"],
        &["shared/a.proto"],
    );
}

#[test]
fn a_normal_name_is_still_the_same_pattern() {
    for (written, expected) in [
        ("./a/./b//c/", "a/b/c"),
        ("!./a/../b", "!b"),
        ("./!odd", "\\!odd"),
        ("/r/a", "a"),
        ("/rest/a", "/rest/a"),
        ("../a", "../a"),
        ("packages/*/", "packages/*/**"),
        (".", "**"),
        ("../r/a", "a"),
        ("a/.././../r//a/*.c", "a/*.c"),
        ("!../../x/r/a", "!../../x/r/a"),
        ("../r", "**"),
        ("../rest/a", "../rest/a"),
        ("../../r/a", "../../r/a"),
        ("../r/{a,b}", "{a,b}"),
    ] {
        assert_eq!(normalized(written, "/r"), expected, "{written}");
    }
}

#[test]
fn what_leaves_the_root_and_comes_back_lies_below_it() {
    assert_eq!(normalized("../../d/r/a", "/c/d/r"), "a");
    assert_eq!(normalized("../../e/r/a", "/c/d/r"), "../../e/r/a");
    let named = Named::new("../r/a/*.c", "/d/r").unwrap();
    assert!(named.globs[0].matches("a/x.c"));
}

#[test]
fn what_is_no_pattern_is_said() {
    for (pattern, why) in [
        ("a[b", "`[` is never closed"),
        ("a{b", "`{` is never closed"),
        ("a**b", "`**` must stand alone"),
        ("!a[b", "`!a[b` is no pattern"),
        ("a\\", "nothing stands behind"),
        ("[a/b]", "can't stand within"),
        (
            "{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}",
            "more than",
        ),
    ] {
        let err = valid_pattern(pattern).unwrap_err();
        assert!(err.contains(why), "{err}");
    }
}

#[test]
fn folders_that_hold_no_match_are_known() {
    let glob = |text: &str| Named::new(text, "").unwrap().globs.remove(0);
    let src = glob("docker/*/src/**/*.rs");
    assert_eq!(src.prefix, "docker");
    for (folder, reached) in [
        ("docker", true),
        ("docker/a", true),
        ("docker/a/target", false),
        ("docker/a/src/deep/er", true),
        ("other", false),
    ] {
        assert_eq!(src.reaches_into(folder), reached, "{folder}");
    }
    assert!(!glob("docs/*").reaches_into("docs/api"));
    assert!(glob("/abs/*/x").reaches_into("/abs/y"));
    assert!(!glob("docs/*").holds_all_of("docs"));
    assert!(!glob("**/x").holds_all_of("docs"));
    assert!(glob("docs/**").holds_all_of("docs/api"));
}
