//! Files in a database, without a service.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::uploads::{MIN_PART_SIZE, NamedPart};
use super::*;
use crate::Clock;
use crate::records::store::Store;
use crate::request::{Answer, AnswerBody};

const PLACE: &str = "a place";

fn store() -> Store {
    Store::open(None, &[SCHEMA], Clock::system(), |_| Ok(())).unwrap()
}

fn write<T>(store: &Store, work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>) -> T {
    store.write(work).unwrap()
}

fn name(text: &str) -> FileName {
    FileName::new(text).unwrap()
}

/// Bytes that differ from chunk to chunk.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 7 % 251) as u8).collect()
}

fn chunks(tx: &Transaction<'_>) -> i64 {
    tx.query_row("SELECT count(*) FROM file_chunks", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_file_is_read_whole_and_in_ranges() {
    let store = store();
    let content = pattern(3 * CHUNK + 100);
    let file = write(&store, |tx| add(tx, &name("a.pdf"), None, &content));
    assert_eq!(file.media_type, "application/pdf");
    assert_eq!(file.size, content.len() as u64);
    write(&store, |tx| {
        assert_eq!(find(tx, &file.id)?.as_ref(), Some(&file));
        assert!(read(tx, &file)? == content);
        let chunk = CHUNK as u64;
        for range in [
            0..1,
            chunk - 1..chunk + 1,
            chunk..2 * chunk,
            10..3 * chunk + 50,
            3 * chunk + 99..u64::MAX,
        ] {
            let end = range.end.min(file.size);
            let expected = &content[range.start as usize..end as usize];
            assert!(
                read_range(tx, &file, range.clone())? == expected,
                "{range:?}"
            );
        }
        assert!(read_range(tx, &file, file.size..u64::MAX)?.is_empty());
        Ok(())
    });
}

#[test]
fn an_empty_file_is_a_file() {
    let store = store();
    write(&store, |tx| {
        let file = add(tx, &name("empty.txt"), None, b"")?;
        assert!(read(tx, &file)?.is_empty());
        assert!(remove(tx, &file.id)?);
        assert_eq!(find(tx, &file.id)?, None);
        Ok(())
    });
}

#[test]
fn the_hash_is_sha_256() {
    let store = store();
    let file = write(&store, |tx| add(tx, &name("abc.txt"), None, b"abc"));
    assert_eq!(
        file.hash,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn a_content_is_kept_once_and_goes_with_its_last_file() {
    let store = store();
    write(&store, |tx| {
        let first = add(tx, &name("a.txt"), None, b"same")?;
        let second = add(tx, &name("b.bin"), Some("text/markdown"), b"same")?;
        let third = copy(tx, &second, &name("c"))?;
        assert_eq!(third.media_type, "text/markdown");
        assert_eq!(chunks(tx), 1);
        assert!(remove(tx, &first.id)?);
        assert!(remove(tx, &second.id)?);
        assert_eq!(read(tx, &third)?, b"same");
        assert!(remove(tx, &third.id)?);
        assert!(!remove(tx, &third.id)?);
        assert_eq!(chunks(tx), 0);
        Ok(())
    });
}

#[test]
fn files_are_joined() {
    let store = store();
    write(&store, |tx| {
        let content = pattern(2 * CHUNK + 10);
        let (head, tail) = content.split_at(CHUNK + 3);
        let parts = [
            add(tx, &name("1"), None, head)?,
            add(tx, &name("2"), None, tail)?,
        ];
        let joined = join(tx, &name("all.zip"), None, &parts)?;
        for part in &parts {
            remove(tx, &part.id)?;
        }
        assert!(read(tx, &joined)? == content);
        let at = CHUNK as u64 + 1;
        assert!(read_range(tx, &joined, at..at + 5)? == content[CHUNK + 1..CHUNK + 6]);
        let whole = add(tx, &name("again.zip"), None, &content)?;
        assert_eq!(whole.hash, joined.hash);
        Ok(())
    });
}

#[test]
fn an_upload_joins_the_parts_in_the_order_of_their_numbers() {
    let store = store();
    write(&store, |tx| {
        let long = vec![7; MIN_PART_SIZE as usize];
        let upload = uploads::start(tx, PLACE)?;
        let second = uploads::put(tx, &upload, PLACE, 2, b"end")?;
        uploads::put(tx, &upload, PLACE, 1, b"too short")?;
        let first = uploads::put(tx, &upload, PLACE, 1, &long)?;
        let named = [part(2, &second), part(1, &format!("\"{first}\""))];
        let file = uploads::complete(tx, &upload, PLACE, &named, &name("all.bin"))?;
        assert_eq!(file.size, MIN_PART_SIZE + 3);
        assert_eq!(
            read_range(tx, &file, MIN_PART_SIZE - 1..file.size)?,
            b"\x07end"
        );
        let gone = uploads::put(tx, &upload, PLACE, 3, b"late");
        assert!(matches!(gone, Err(Failure::NotFound(_))));
        let files: i64 = tx.query_row("SELECT count(*) FROM files", [], |row| row.get(0))?;
        assert_eq!(files, 1);
        Ok(())
    });
}

#[test]
fn an_upload_is_refused_what_is_not_its_own() {
    let store = store();
    write(&store, |tx| {
        let upload = uploads::start(tx, PLACE)?;
        let etag = uploads::put(tx, &upload, PLACE, 1, b"short")?;
        let next = uploads::put(tx, &upload, PLACE, 2, b"last")?;
        for number in [0, -1, 10_001, i64::MAX] {
            assert!(
                invalid(uploads::put(tx, &upload, PLACE, number, b"x")),
                "{number}"
            );
        }
        assert!(invalid(uploads::put(tx, &upload, PLACE, 1, b"")));
        assert!(matches!(
            uploads::put(tx, &upload, "another place", 1, b"x"),
            Err(Failure::NotFound(_))
        ));
        let complete =
            |named: &[NamedPart]| uploads::complete(tx, &upload, PLACE, named, &name("f"));
        assert!(invalid(complete(&[])));
        assert!(invalid(complete(&[part(1, "another")])));
        assert!(invalid(complete(&[part(3, &etag)])));
        assert!(invalid(complete(&[part(1, &etag), part(2, &next)])));
        assert_eq!(complete(&[part(1, &etag)])?.size, 5);
        Ok(())
    });
}

#[test]
fn an_aborted_upload_leaves_nothing() {
    let store = store();
    write(&store, |tx| {
        let upload = uploads::start(tx, PLACE)?;
        uploads::put(tx, &upload, PLACE, 1, b"part")?;
        uploads::abort(tx, &upload, PLACE)?;
        assert_eq!(chunks(tx), 0);
        let again = uploads::abort(tx, &upload, PLACE);
        assert!(matches!(again, Err(Failure::NotFound(_))));
        Ok(())
    });
}

#[test]
fn a_download_gives_what_is_asked_for() {
    let store = store();
    write(&store, |tx| {
        let file = add(tx, &name("Über \"uns\".txt"), None, b"0123456789")?;
        let etag = format!("\"{}\"", file.etag());

        let whole = download(tx, &file, &[])?;
        assert_eq!(whole.status, StatusCode::OK);
        assert_eq!(bytes(&whole), b"0123456789");
        assert_eq!(
            whole.headers[header::CONTENT_DISPOSITION],
            "attachment; filename=\"_ber _uns_.txt\"; filename*=UTF-8''%C3%9Cber%20%22uns%22.txt"
        );

        let part = download(tx, &file, &[(header::RANGE, "bytes=2-4")])?;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.headers[header::CONTENT_RANGE], "bytes 2-4/10");
        assert_eq!(bytes(&part), b"234");

        let changed = [(header::RANGE, "bytes=2-4"), (header::IF_RANGE, "\"old\"")];
        assert_eq!(download(tx, &file, &changed)?.status, StatusCode::OK);

        let beyond = download(tx, &file, &[(header::RANGE, "bytes=10-")])?;
        assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(beyond.headers[header::CONTENT_RANGE], "bytes */10");

        let known = download(tx, &file, &[(header::IF_NONE_MATCH, &etag)])?;
        assert_eq!(known.status, StatusCode::NOT_MODIFIED);
        Ok(())
    });
}

fn part(number: i64, etag: &str) -> NamedPart {
    NamedPart {
        number,
        etag: etag.to_owned(),
    }
}

fn invalid<T>(outcome: Result<T, Failure>) -> bool {
    matches!(outcome, Err(Failure::Invalid(_)))
}

fn bytes(answer: &Answer) -> &[u8] {
    match &answer.body {
        AnswerBody::Bytes(_, bytes) => bytes,
        other => panic!("a file, not {other:?}"),
    }
}

fn download(
    tx: &Transaction<'_>,
    file: &File,
    headers: &[(HeaderName, &str)],
) -> Result<Answer, Failure> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
        .collect();
    super::download::answer(tx, &headers, file)
}
