//! The files that the engine keeps between runs, cut short and with flipped bits: it never crashes,
//! never fails, and never takes for done what is not. More work than needed is allowed, less never.

use std::collections::BTreeMap;

use crate::sandbox::Sandbox;

/// Positions tried in each file, spread evenly; a smaller file has each of its bytes tried.
const POSITIONS: usize = 40;

/// A pipeline that was run to its end, and the bytes of everything the engine keeps.
struct Kept {
    sandbox: Sandbox,
    files: BTreeMap<String, Vec<u8>>,
}

fn kept() -> Kept {
    let make = |id: &str, needs: &str, from: &str| {
        format!(
            "[[step]]\nid = '{id}'\nkind = 'command'\nneeds = [{needs}]\ninputs = ['{from}']\noutputs = ['out/{id}']\n\
             with = {{ argv = ['sh', '-c', 'mkdir -p out && cat {from} > out/{id}'] }}\n"
        )
    };
    let text = [
        "[goals]\nup = ['lost', 'edited', 'after', 'left']\n",
        &make("lost", "", "in/lost"),
        &make("edited", "", "in/edited"),
        &make("after", "'edited'", "out/edited"),
        &make("left", "", "in/left"),
    ]
    .concat();
    let sandbox = ["lost", "edited", "left"]
        .iter()
        .fold(Sandbox::new().pipeline(&text), |sandbox, name| {
            sandbox.file(&format!("in/{name}"), &format!("{name}\n"))
        });
    // A second edit makes a history; the third run does nothing and writes down whatever that is
    // good for.
    sandbox.run(&["up"]).code(0);
    sandbox.write("in/edited", "second\n");
    sandbox.run(&["up"]).code(0);
    sandbox.run(&["up"]).code(0).says("0 done");
    let files = state_files(&sandbox);
    assert!(files.contains_key("journal-local") && files.contains_key("files"));
    Kept { sandbox, files }
}

/// Reports are written for people and never read again.
const REPORTS: [&str; 3] = ["report.html", "report.xml", "trace.json"];

fn state_files(sandbox: &Sandbox) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(sandbox.dir.join(".pipeline"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .filter(|(name, _)| !REPORTS.contains(&name.as_str()))
        .collect()
}

impl Kept {
    /// Everything as it was kept, but for one file.
    fn restore(&self, damaged: &str, bytes: &[u8]) {
        let dir = self.sandbox.dir.join(".pipeline");
        for (name, whole) in &self.files {
            let content = if name == damaged { bytes } else { whole };
            std::fs::write(dir.join(name), content).unwrap();
        }
    }

    /// An output is gone and an input has changed: whatever the damage, both must be made good.
    fn check(&self, name: &str, bytes: &[u8], what: &str) {
        let out = |id: &str| self.sandbox.read(&format!("out/{id}"));
        self.restore(name, bytes);
        self.sandbox.write("in/edited", &format!("{what}\n"));
        std::fs::remove_file(self.sandbox.dir.join("out/lost")).unwrap();
        let ran = self.sandbox.run(&["up", "-j1"]);
        assert_eq!(ran.code, 0, "{name} {what}: {}", ran.stderr);
        assert_eq!(out("lost"), "lost\n", "{name} {what}");
        assert_eq!(out("edited"), format!("{what}\n"), "{name} {what}");
        assert_eq!(out("after"), format!("{what}\n"), "{name} {what}");
        let again = self.sandbox.run(&["up"]);
        assert_eq!(again.code, 0, "{name} {what}: {}", again.stderr);
        assert!(
            again.stderr.contains("0 done"),
            "{name} {what}: {}",
            again.stderr
        );
    }

    fn check_all(&self, damage: impl Fn(&[u8], usize) -> (Vec<u8>, String)) {
        for (name, whole) in &self.files {
            let stride = whole.len().div_ceil(POSITIONS).max(1);
            for at in (0..whole.len()).step_by(stride) {
                let (bytes, what) = damage(whole, at);
                self.check(name, &bytes, &what);
            }
        }
    }
}

#[test]
fn whatever_is_kept_may_be_cut_short() {
    kept().check_all(|whole, at| (whole[..at].to_vec(), format!("cut at {at}")));
}

#[test]
fn whatever_is_kept_may_have_a_flipped_bit() {
    kept().check_all(|whole, at| {
        let (mut bytes, bit) = (whole.to_vec(), at % 8);
        bytes[at] ^= 1 << bit;
        (bytes, format!("bit {bit} of byte {at} flipped"))
    });
}

#[test]
fn whatever_is_kept_may_be_something_else_or_gone() {
    let kept = kept();
    for name in kept.files.keys() {
        kept.check(name, b"", "is empty");
        kept.check(name, &[0xff; 4096], "is noise");
        kept.check(name, "é=ü;\t\n".repeat(100).as_bytes(), "is other text");
    }
    std::fs::remove_dir_all(kept.sandbox.dir.join(".pipeline")).unwrap();
    kept.sandbox.run(&["up"]).code(0).says("4 done");
}

/// An effect that can't be looked at is only ever as done as the journal says; what the journal
/// lost is done again.
#[test]
fn a_lost_record_is_never_a_done_step() {
    let text =
        "[[step]]\nid='a'\nkind='command'\ninputs=['in']\nwith={argv=['sh','-c','cp in effect']}\n";
    let sandbox = Sandbox::new().pipeline(text).file("in", "one\n");
    sandbox.run(&["run", "a"]).code(0);
    let journal = sandbox.dir.join(".pipeline/journal-local");
    let whole = std::fs::read(&journal).unwrap();
    // The header, and from the length of the record that says done; what begins a step stands
    // before it and says nothing good.
    let done = whole
        .windows(5)
        .position(|window| window == b"done\t")
        .unwrap()
        - 22;
    let line = whole[done..].iter().position(|byte| *byte == b'\n');
    for at in (0..21).chain(done..done + line.unwrap()) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&journal, bytes).unwrap();
        let plan = sandbox
            .run(&["plan", "a", "--format", "json"])
            .code(0)
            .json();
        assert_eq!(plan["steps"][0]["action"], "run", "byte {at}");
    }
}
