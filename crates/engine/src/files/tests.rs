use super::*;
use std::time::{Duration, SystemTime};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("xtask-files-{}-{name}", std::process::id()));
        fs::create_dir_all(path.join("state")).unwrap();
        Folder(path)
    }

    fn write(&self, path: &str, text: &str) {
        let full = self.0.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }

    fn files(&self) -> Files {
        Files::open(&self.0, &self.0.join("state"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn globs_name_files_and_never_the_engines_own() {
    let folder = Folder::new("globs");
    for path in [
        "src/a.c",
        "src/deep/b.c",
        "src/deep/b.h",
        "src/skip/c.c",
        "state/x.c",
    ] {
        folder.write(path, "");
    }
    let names = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(|p| p.to_string()).collect();
        folder.files().expand(&patterns).unwrap().join(" ")
    };
    assert_eq!(names(&["src/**/*.c"]), "src/a.c src/deep/b.c src/skip/c.c");
    assert_eq!(
        names(&["src/**/*.c", "!src/skip/**"]),
        "src/a.c src/deep/b.c"
    );
    assert_eq!(names(&["**/*.c", "!src/**"]), "");
    assert_eq!(names(&["src/*", "gone.c"]), "gone.c src/a.c");
}

#[test]
fn a_touch_changes_nothing_and_an_edit_with_the_old_time_does() {
    let folder = Folder::new("edit");
    folder.write("a", "one");
    let files = folder.files();
    let first = files.digest("a").unwrap();
    let time = SystemTime::now() - Duration::from_secs(1000);
    let set_time = || {
        fs::File::options()
            .write(true)
            .open(folder.0.join("a"))
            .unwrap()
            .set_modified(time)
            .unwrap()
    };
    set_time();
    assert_eq!(files.digest("a").unwrap(), first);
    folder.write("a", "two");
    set_time();
    assert_ne!(files.digest("a").unwrap(), first);
}

#[test]
fn the_cache_is_remembered_and_a_folder_is_its_tree() {
    let folder = Folder::new("tree");
    folder.write("out/a", "1");
    let files = folder.files();
    let first = files.digest("out").unwrap();
    files.save().unwrap();
    assert_eq!(folder.files().digest("out").unwrap(), first);
    folder.write("out/b", "2");
    assert_ne!(folder.files().digest("out").unwrap(), first);
    assert_eq!(files.digest("nothing").unwrap(), None);
}

#[test]
fn links_to_folders_are_followed_and_never_in_a_circle() {
    let folder = Folder::new("links");
    for path in ["src/a.c", "shared/b.c", "shared/deep/c.c", "shared/gen/d.c"] {
        folder.write(path, path);
    }
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, folder.0.join(at)).unwrap();
    link("../shared", "src/linked");
    link("..", "src/up");
    link(".", "here");
    let names = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(|p| p.to_string()).collect();
        folder.files().expand(&patterns).unwrap().join(" ")
    };
    let all = "src/a.c src/linked/b.c src/linked/deep/c.c src/linked/gen/d.c";
    assert_eq!(names(&["src/**/*.c"]), all);
    assert_eq!(names(&["src/**/*.c", "!src/linked"]), "src/a.c");
    assert_eq!(
        names(&["src/**/*.c", "!**/gen"]),
        "src/a.c src/linked/b.c src/linked/deep/c.c"
    );
    assert_eq!(names(&["src/*"]), "src/a.c src/linked src/up");
    let files = folder.files();
    let first = ["here", "src", "src/up", "src/linked"].map(|path| files.digest(path).unwrap());
    folder.write("shared/deep/c.c", "changed");
    let again = ["here", "src", "src/up", "src/linked"].map(|path| files.digest(path).unwrap());
    assert_eq!(first[0], again[0], "a link to what holds it adds nothing");
    assert_ne!(first[1], again[1]);
    assert_eq!(first[2], again[2]);
    assert_ne!(first[3], again[3]);
}

#[test]
fn a_pattern_that_names_nothing_is_said_with_what_was_meant() {
    let folder = Folder::new("unnamed");
    for path in ["src/main.c", "Makefile", "docs/API.md", "[id]/page"] {
        folder.write(path, "");
    }
    for (patterns, expected) in [
        (&["src/*.c", "Makefile", "[id]/page", "src"][..], &[][..]),
        (
            &["srcs/**/*.c"],
            &["`srcs/**/*.c` names no file (did you mean `src/**/*.c`?)"],
        ),
        (
            &["Makefil"],
            &["`Makefil` names no file (did you mean `Makefile`?)"],
        ),
        (
            &["makefile"],
            &["`makefile` names no file (did you mean `Makefile`?)"],
        ),
        (
            &["docs/api.md"],
            &["`docs/api.md` names no file (did you mean `docs/API.md`?)"],
        ),
        (&["src/*.cpp"], &["`src/*.cpp` names no file"]),
        (
            &["src/main.c", "!src/**"],
            &["`src/main.c` names only files that another pattern takes out"],
        ),
        (
            &["s*"],
            &["`s*` names only folders; write `s*/` for what is in them"],
        ),
        (
            &["src/*.c", "!src"],
            &["`src/*.c` names only files that another pattern takes out"],
        ),
        (
            &["!docs"],
            &["only exclusions are listed, so no file counts; begin with \"**\" for all"],
        ),
        (&["src/*.c", "!nothing/**"], &[]),
    ] {
        let patterns: Vec<String> = patterns.iter().map(|p| p.to_string()).collect();
        assert_eq!(folder.files().unnamed(&patterns).unwrap(), expected);
    }
}

#[test]
fn which_paths_a_pattern_leads_to() {
    let cases = [
        ("in/x", "in/x", true),
        ("in", "in/deep/x", true),
        ("in/x", "in", true),
        ("in/x", "in/y", false),
        ("in/x", "in/xy", false),
        ("in/*.txt", "in/x.txt", true),
        ("in/*.txt", "in/x.md", false),
        ("in/?", "in/l/deep/x", true),
        ("in/*.txt", "in", true),
        ("in/*/x", "in/deep", true),
        ("in/*.txt", "other", false),
        ("**/*.md", ".", true),
        ("**/*.md", "in/deep", true),
        ("./in/../in/x", "in/x", true),
        ("/root/in/x", "in/x", true),
        ("{in,out}/x", "out/x", true),
        ("in/x", ".", false),
    ];
    for (pattern, path, expected) in cases {
        let leads = look_at(&[pattern.to_string()], &[path], "/root");
        assert_eq!(leads, expected, "{pattern} {path}");
    }
}

/// `report.json` and `report.xml` are written at the same time.
#[test]
fn files_that_differ_in_their_ending_are_written_apart() {
    let folder = Folder::new("endings");
    let fresh = |name: &str| fresh(&folder.0.join(name));
    assert_eq!(fresh("report.json"), folder.0.join("report.json.new"));
    folder.write("report.new/in-the-way", "");
    replace(&folder.0.join("report.xml"), "<x/>").unwrap();
}
