//! The page and its files: what is served, how it is compressed and cached, what the browser is
//! told.

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, IF_NONE_MATCH};
use reqwest::{Response, StatusCode};

use crate::stage::Stage;

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// The address of the page's script, as the page names it.
async fn script(stage: &Stage) -> String {
    let page = stage.get("/").send().await.unwrap().text().await.unwrap();
    let (_, rest) = page
        .split_once("src=\"/assets/")
        .expect("the page names its script");
    format!("/assets/{}", rest.split_once('"').unwrap().0)
}

#[tokio::test]
async fn every_place_in_the_application_is_the_page() {
    let stage = Stage::alone().await;
    let page = stage.get("/").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<div id=\"app\">"), "{page}");
    for place in ["/tasks", "/conversations/42", "/index.html", "/?from=mail"] {
        let response = stage.get(place).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{place}");
        assert_eq!(header(&response, "cache-control"), "no-cache");
        assert_eq!(response.text().await.unwrap(), page, "{place}");
    }
}

#[tokio::test]
async fn a_file_that_does_not_exist_is_not_the_page() {
    let stage = Stage::alone().await;
    for path in [
        "/assets/gone.js",
        "/assets/gone",
        "/wp-login.php",
        "/../Cargo.toml",
    ] {
        let response = stage.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let response = stage.post("/").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(header(&response, "allow"), "GET, HEAD");
}

#[tokio::test]
async fn the_browser_is_told_what_the_page_may_not_do() {
    let stage = Stage::alone().await;
    for path in ["/", "/assets/gone.js", "/api/tasks", "/health"] {
        let response = stage.get(path).send().await.unwrap();
        let csp = header(&response, "content-security-policy");
        let parts = [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "connect-src 'self';",
        ];
        for part in parts
            .into_iter()
            .chain(["require-trusted-types-for 'script'", "base-uri 'none'"])
        {
            assert!(csp.contains(part), "{path}: {part} is not in {csp}");
        }
        assert!(!csp.contains("unsafe"), "{csp}");
        assert_eq!(
            header(&response, "x-content-type-options"),
            "nosniff",
            "{path}"
        );
        assert_eq!(header(&response, "x-frame-options"), "DENY", "{path}");
        assert_eq!(
            header(&response, "referrer-policy"),
            "no-referrer",
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_page_obeys_its_own_policy() {
    let page = Stage::alone()
        .await
        .get("/")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let handler = page
        .split_whitespace()
        .find(|word| word.starts_with("on") && word.contains('='));
    assert_eq!(handler, None, "an inline handler");
    assert!(
        !page.contains("<style") && !page.contains(" style="),
        "an inline style: {page}"
    );
    for script in page.split("<script").skip(1) {
        let (attributes, rest) = script.split_once('>').unwrap();
        assert!(
            attributes.contains(" src=\"/"),
            "a script from elsewhere, or inline: {attributes}"
        );
        assert!(rest.starts_with("</script>"), "an inline script: {rest}");
    }
}

#[tokio::test]
async fn another_api_is_named_in_the_page_and_allowed_by_the_policy() {
    let stage = Stage::with(&[("NEXT_PUBLIC_API_URL", "https://api.example:8443/api")]).await;
    let response = stage.get("/").send().await.unwrap();
    let csp = header(&response, "content-security-policy").to_owned();
    let etag = header(&response, "etag").to_owned();
    assert!(
        csp.contains("connect-src 'self' https://api.example:8443;"),
        "{csp}"
    );
    let page = response.text().await.unwrap();
    assert!(
        page.contains("<meta name=\"api-base\" content=\"https://api.example:8443\">"),
        "{page}"
    );
    let usual = Stage::alone().await.get("/").send().await.unwrap();
    assert_ne!(
        header(&usual, "etag"),
        etag,
        "another page under the same ETag would be taken from a cache"
    );
}

#[tokio::test]
async fn files_are_compressed_as_the_browser_likes() {
    let stage = Stage::alone().await;
    let script = script(&stage).await;
    let mut sizes = Vec::new();
    for (accepted, sent) in [
        ("br, gzip", "br"),
        ("gzip;q=0.5, br;q=0", "gzip"),
        ("identity", ""),
    ] {
        let response = stage
            .get(&script)
            .header(ACCEPT_ENCODING, accepted)
            .send()
            .await
            .unwrap();
        assert_eq!(
            header(&response, CONTENT_ENCODING.as_str()),
            sent,
            "for {accepted}"
        );
        assert_eq!(
            header(&response, "cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(header(&response, "vary"), "accept-encoding");
        assert!(header(&response, "content-type").starts_with("text/javascript"));
        sizes.push(response.bytes().await.unwrap().len());
    }
    assert!(
        sizes[0] < sizes[1] && sizes[1] < sizes[2] / 2,
        "brotli, gzip, plain: {sizes:?}"
    );
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let stage = Stage::alone().await;
    let request = || stage.get("/").header(ACCEPT_ENCODING, "gzip");
    let first = request().send().await.unwrap();
    let etag = first.headers()[ETAG].clone();
    let again = request().header(IF_NONE_MATCH, &etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()[ETAG], etag);
    assert!(again.bytes().await.unwrap().is_empty());
    let other = stage
        .get("/")
        .header(ACCEPT_ENCODING, "br")
        .header(IF_NONE_MATCH, &etag)
        .send()
        .await
        .unwrap();
    assert_eq!(
        other.status(),
        StatusCode::OK,
        "another encoding is another representation"
    );
}
