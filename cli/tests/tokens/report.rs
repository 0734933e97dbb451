//! The report: one file with every chart, also as a browser shows it.

use super::*;

#[test]
fn a_report_is_one_file_with_every_chart_and_a_table_for_each() {
    let scratch = Scratch::new();
    let (mine, out) = (scratch.path("m.safetensors"), scratch.path("report"));
    let model = changed(&scratch, "c", DEPTH);
    myna_trace(&mine, &model, &[]);
    let answer = succeed(&["tokens", "report", TORCH, &mine, "-o", &out, "--json"]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let page = std::fs::read_to_string(Path::new(&out).join("report.html")).unwrap();
    let names = [
        "match",
        "drift",
        "histograms",
        "log-probability-a",
        "log-probability-b",
        "entropy",
        "margins",
    ];
    assert_eq!(answer["plots"], serde_json::json!(names));
    for name in names {
        assert!(page.contains(&format!("<h2 id=\"{name}\">")), "{name}");
        let png = std::fs::read(Path::new(&out).join(format!("plots/{name}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG") && png.len() > 2000, "{name}");
        let svg =
            std::fs::read_to_string(Path::new(&out).join(format!("plots/{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("<text"), "{name}");
    }
    let count = |what: &str| page.matches(what).count();
    assert_eq!(
        (count("<svg "), count("<details>"), count("<figcaption>")),
        (names.len(), names.len(), names.len())
    );
    // Each chart's numbers, what was run, the sampling, and the parting.
    assert_eq!(count("<table>"), names.len() + 3);
    assert!(page.contains("Where they part") && page.contains("(A took it)"));
    for outside in ["<script", "<link", "<img", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // Namespaces are names, not places.
    assert_eq!(
        count("http"),
        count("xmlns=\"http://www.w3.org/2000/svg\"") + count("http-equiv")
    );
    assert!(page.contains("prefers-color-scheme: dark"));
    let json: Value =
        serde_json::from_slice(&std::fs::read(Path::new(&out).join("report.json")).unwrap())
            .unwrap();
    assert_eq!(json["format"], "myna-report-1");
    assert_eq!(
        json["a"]["entropy_bits_by_frame"].as_array().unwrap().len(),
        19
    );
    assert!(json["comparison"]["divergence"].is_object());

    let alone = scratch.path("alone");
    succeed(&["tokens", "report", TORCH, "-o", &alone]);
    let page = std::fs::read_to_string(Path::new(&alone).join("report.html")).unwrap();
    assert_eq!(page.matches("<svg ").count(), 4);
}

/// Looks at the page in a browser; the pictures stay in `test-output/` for whoever wants to see them.
#[test]
#[ignore = "needs chromium; `./dev test` runs it where that is installed"]
fn the_report_shows_in_a_browser() {
    let scratch = Scratch::new();
    let (mine, model) = (scratch.path("m.safetensors"), changed(&scratch, "c", DEPTH));
    myna_trace(&mine, &model, &[]);
    let out = root().join("test-output");
    let report = out.join("tokens-report");
    succeed(&[
        "tokens",
        "report",
        TORCH,
        &mine,
        "-o",
        report.to_str().unwrap(),
    ]);
    for (name, more) in [
        ("light", "--blink-settings=preferredColorScheme=1"),
        ("dark", "--blink-settings=preferredColorScheme=0"),
    ] {
        let picture = out.join(format!("tokens-report-{name}.png"));
        _ = std::fs::remove_file(&picture);
        let status = std::process::Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--window-size=1100,5000",
                more,
            ])
            .arg(format!("--screenshot={}", picture.display()))
            .arg(format!("file://{}", report.join("report.html").display()))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .expect("chromium");
        assert!(status.success());
        assert!(
            std::fs::metadata(&picture).unwrap().len() > 50_000,
            "{name}: an empty page"
        );
    }
}
