use super::*;
use crate::fingerprint::Kinds;
use protocol::Facts;

fn record(text: &str) -> Record {
    Record {
        done: Some(Digest::of(text.as_bytes())),
        facts: Facts::from([("tag".into(), "a;b=c\t%".into())]),
        outputs: Digest::of(b"out"),
        components: Components::new(&[("input a b".into(), Digest::of(b"1"))]),
        kinds: Kinds::parse(Some("1023")),
        millis: 7,
        ..Record::default()
    }
}

fn journal(name: &str, steps: usize) -> (PathBuf, Journal) {
    let path = std::env::temp_dir().join(format!("xtask-journal-{}-{name}", std::process::id()));
    let _ = fs::remove_file(&path);
    let mut journal = Journal::read(&path);
    journal.open(false).unwrap();
    for step in 0..steps {
        journal
            .step_done(
                &Arc::from(format!("step {step}")),
                record(&step.to_string()),
            )
            .unwrap();
    }
    (path, journal)
}

#[test]
fn what_is_written_is_read() {
    let (path, mut written) = journal("round", 3);
    written
        .attempt_failed(&Arc::from("step 1"), Digest::of(b"f"), 2)
        .unwrap();
    written.step_gone(&Arc::from("step 2")).unwrap();
    let read = Journal::read(&path);
    assert_eq!(read.records, written.records);
    assert_eq!(
        read.get("step 1").unwrap().failed,
        Some((Digest::of(b"f"), 2))
    );
    assert!(read.get("step 2").is_none());
    fs::remove_file(path).unwrap();
}

#[test]
fn damage_costs_at_most_the_record_it_hits() {
    let (path, written) = journal("damage", 3);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for damaged in [whole[..at].to_vec(), flipped(&whole, at)] {
            fs::write(&path, &damaged).unwrap();
            let read = Journal::read(&path);
            let lost = written
                .records
                .iter()
                .filter(|(step, record)| read.get(step) != Some(record))
                .count();
            assert!(
                read.records
                    .iter()
                    .all(|(step, record)| written.get(step) == Some(record)),
                "invented a record at {at}"
            );
            let limit = if at < HEADER.len() || damaged.len() < whole.len() {
                3
            } else {
                1
            };
            assert!(lost <= limit, "lost {lost} records by one flip at {at}");
        }
    }
    fs::remove_file(path).unwrap();
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

#[test]
fn of_some_steps_the_same_is_known() {
    let (path, mut written) = journal("some", 4);
    let odd: Arc<str> = Arc::from("a=b;c\t%");
    written.step_done(&odd, record("odd")).unwrap();
    written.step_begun(&Arc::from("step 2")).unwrap();
    let whole = fs::read(&path).unwrap();
    for at in 0..=whole.len() {
        fs::write(&path, &whole[..at]).unwrap();
        let (some, all) = (["step 1", "step 2", &odd], Journal::read(&path));
        let read = Journal::read_of(&path, some.into_iter());
        assert!(some.iter().all(|step| read.get(step) == all.get(step)));
        assert!(read.get("step 0").is_none() || at < whole.len());
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn a_torn_tail_does_not_swallow_the_next_record() {
    let (path, _) = journal("torn", 2);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    let mut torn = Journal::read(&path);
    torn.open(false).unwrap();
    torn.step_done(&Arc::from("later"), record("later"))
        .unwrap();
    let read = Journal::read(&path);
    assert!(
        read.get("step 0").is_some() && read.get("later").is_some() && read.get("step 1").is_none()
    );
    fs::remove_file(path).unwrap();
}

#[test]
fn history_is_compacted_without_losing_anything() {
    let (path, mut written) = journal("compact", 2);
    for round in 0..300 {
        written
            .step_done(&Arc::from("step 0"), record(&round.to_string()))
            .unwrap();
    }
    let mut read = Journal::read(&path);
    read.open(false).unwrap();
    assert!(fs::read_to_string(&path).unwrap().lines().count() < 10);
    assert_eq!(Journal::read(&path).records, written.records);
    fs::remove_file(path).unwrap();
}

#[test]
fn a_run_that_was_cut_short_is_taken_up_even_when_its_history_was_compacted() {
    let (path, mut written) = journal("resume", 1);
    written.resume("all", &HashSet::new());
    for round in 0..300 {
        written
            .step_done(&Arc::from("step 1"), record(&round.to_string()))
            .unwrap();
    }
    let mut read = Journal::read(&path);
    read.open(false).unwrap();
    let passed = |goal: &str| {
        let mut read = Journal::read(&path);
        read.resume(goal, &HashSet::from(["step 0"]));
        let of = |step: &str| read.get(step).unwrap().passed;
        (read.resumes(), of("step 0"), of("step 1"))
    };
    assert_eq!(passed("all"), (true, false, true));
    assert_eq!(passed("other"), (false, false, false));
    read.resume("all", &HashSet::new());
    read.run_ended().unwrap();
    let whole = fs::read(&path).unwrap();
    for at in HEADER.len()..whole.len() {
        fs::write(&path, flipped(&whole, at)).unwrap();
        let mut read = Journal::read(&path);
        read.resume("all", &HashSet::new());
        assert!(!read.resumes(), "byte {at}");
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn a_step_that_begins_is_no_longer_done_but_its_facts_are_kept() {
    let (path, mut written) = journal("begin", 2);
    written.step_begun(&Arc::from("step 1")).unwrap();
    let read = Journal::read(&path);
    assert_eq!(read.get("step 1").unwrap().done, None);
    assert!(!read.get("step 1").unwrap().facts.is_empty());
    assert!(read.get("step 0").unwrap().done.is_some());
    fs::remove_file(path).unwrap();
}

#[test]
fn a_fact_that_was_noted_on_the_way_is_known_before_the_step_is_done() {
    let (path, mut written) = journal("note", 0);
    let (step, made) = (
        Arc::from("cluster"),
        ("made".to_string(), serde_json::Value::from("a\tb")),
    );
    written.step_begun(&step).unwrap();
    written.step_noted(&step, made.clone()).unwrap();
    let known = |path| Journal::read(path).get("cluster").cloned().unwrap();
    assert_eq!(
        (known(&path).done, known(&path).facts),
        (None, Facts::from([made]))
    );
    Journal::read(&path).compact().unwrap();
    assert_eq!(known(&path).facts, written.get("cluster").unwrap().facts);
    fs::remove_file(path).unwrap();
}

#[test]
fn damage_in_the_middle_of_a_character_is_survived() {
    let (path, mut written) = journal("char", 0);
    let mut record = record("x");
    record.components = Components::new(&[("input in/Jabcdefgé".into(), Digest::of(b"1"))]);
    written.step_done(&Arc::from("a"), record).unwrap();
    let whole = fs::read(&path).unwrap();
    let at = whole.iter().position(|&byte| byte == b'J').unwrap();
    let mut damaged = whole.clone();
    damaged[at] = b'\n';
    fs::write(&path, damaged).unwrap();
    assert!(Journal::read(&path).get("a").is_none());
    fs::remove_file(path).unwrap();
}

#[test]
fn a_record_says_which_kinds_of_parts_its_writer_knew() {
    let (path, mut written) = journal("kinds", 0);
    let known = Record {
        kinds: Kinds::KNOWN,
        ..record("x")
    };
    written.step_done(&Arc::from("now"), known).unwrap();
    written.step_done(&Arc::from("later"), record("x")).unwrap();
    let read = Journal::read(&path);
    assert_eq!(read.get("now").unwrap().kinds, Kinds::KNOWN);
    assert_ne!(read.get("later").unwrap().kinds, Kinds::KNOWN);
    assert_eq!(Kinds::parse(None), Kinds::parse(Some("127")));
    fs::remove_file(path).unwrap();
}
