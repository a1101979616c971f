//! PDF: layout and writing, joining and encrypting.
//!
//! Text is set in Noto Sans, which the file carries as far as it is used, so that any reader shows it and finds its
//! words again: Latin, Greek and Cyrillic. A character that the font lacks is shown as `�`, and still found by search.
//! Italic is shown upright. Text runs from left to right.
//!
//! | room | what lives there |
//! |---|---|
//! | [`font`] | the fonts and their measures |
//! | [`lines`] | paragraphs as lines |
//! | [`layout`] | lines and tables on sheets |
//! | [`joining`] | several PDFs as one |
//! | [`protecting`] | encryption |

mod font;
mod joining;
mod layout;
mod lines;
mod protecting;

use chrono::{Datelike as _, Timelike as _};
use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::luma;
use krilla::configure::{Archival, Configuration, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;

use super::Fault;
use super::page::{Looks, Page, Sheet};
use font::{Face, Fonts};
pub(super) use joining::join;
use layout::Item;
pub(crate) use protecting::{Permissions, encrypt};

/// A document has at most this many pages.
const MAX_PAGES: usize = 5_000;

/// The size of headers and footers, in points.
const MARGIN_SIZE: f32 = 9.0;

/// Which standard a PDF keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standard {
    Plain,
    /// PDF/A-2b: every character has a glyph in the file, every colour a profile.
    Archive,
}

/// Writes a page as PDF.
pub(super) fn write(page: &Page, looks: &Looks, standard: Standard) -> Result<Vec<u8>, Fault> {
    let fonts = Fonts::load()?;
    let sheets = layout::lay_out(page, &fonts)?;
    let settings = SerializeSettings {
        enable_tagging: false,
        configuration: standard.configuration()?,
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    document.set_metadata(metadata(page, looks));
    let count = sheets.len();
    for (at, items) in sheets.into_iter().enumerate() {
        let settings = PageSettings::from_wh(page.sheet.width, page.sheet.height)
            .ok_or_else(|| Fault::new("the paper has no size"))?;
        let mut leaf = document.start_page_with(settings);
        let mut surface = leaf.surface();
        if let Some(watermark) = &looks.watermark {
            draw_watermark(&mut surface, &fonts, watermark, &page.sheet);
        }
        for item in items {
            draw(&mut surface, &fonts, &item);
        }
        draw_margins(&mut surface, &fonts, looks, &page.sheet, at + 1, count);
        surface.finish();
        leaf.finish();
    }
    document
        .finish()
        .map_err(|error| Fault::new(format!("the PDF cannot be written: {error:?}")))
}

fn metadata(page: &Page, looks: &Looks) -> Metadata {
    let metadata = Metadata::new()
        .title(page.title.clone().unwrap_or_default())
        .producer("conga-sandbox".to_owned());
    let Some((made, year)) = looks
        .made
        .and_then(|made| Some((made, u16::try_from(made.year()).ok()?)))
    else {
        return metadata;
    };
    // None of these is above 59.
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    let date = DateTime::new(year)
        .month(small(made.month()))
        .day(small(made.day()))
        .hour(small(made.hour()))
        .minute(small(made.minute()))
        .second(small(made.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    metadata.creation_date(date)
}

impl Standard {
    fn configuration(self) -> Result<Configuration, Fault> {
        match self {
            Self::Plain => Ok(Configuration::default()),
            Self::Archive => ConfigurationBuilder::new()
                .with_archival_validator(Archival::A2_B)
                .finish()
                .map_err(|error| Fault::new(format!("PDF/A cannot be written: {error:?}"))),
        }
    }
}

/// A PDF that somebody sent.
fn opened(document: &[u8]) -> Result<lopdf::Document, Fault> {
    let read = lopdf::Document::load_mem(document)
        .map_err(|error| Fault::new(format!("the file cannot be read as a PDF: {error}")))?;
    if read.is_encrypted() || read.was_encrypted() {
        return Err(Fault::new(
            "the PDF is encrypted; give the one that it was made from",
        ));
    }
    if read.get_pages().is_empty() {
        return Err(Fault::new("the PDF has no pages"));
    }
    Ok(read)
}

fn packed(mut document: lopdf::Document) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    document
        .save_to(&mut bytes)
        .map_err(|error| Fault::new(format!("the PDF cannot be written: {error}")))?;
    Ok(bytes)
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, item: &Item) {
    match item {
        Item::Text {
            x,
            y,
            face,
            size,
            text,
        } => draw_text(surface, fonts, (*x, *y), *face, *size, text),
        Item::Line { from, to } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            if let Some(path) = path.finish() {
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke {
                    width: 0.5,
                    ..Stroke::default()
                }));
                surface.draw_path(&path);
                surface.set_stroke(None);
            }
        }
    }
}

fn draw_text(
    surface: &mut Surface<'_>,
    fonts: &Fonts,
    (x, y): (f32, f32),
    face: Face,
    size: f32,
    text: &str,
) {
    surface.set_fill(Some(Fill::default()));
    let font = fonts.get(face);
    let glyphs = font.glyphs(text);
    surface.draw_glyphs(
        Point::from_xy(x, y),
        &glyphs,
        font.font(),
        text,
        size,
        false,
    );
}

fn draw_margins(
    surface: &mut Surface<'_>,
    fonts: &Fonts,
    looks: &Looks,
    sheet: &Sheet,
    number: usize,
    count: usize,
) {
    let mut text = |x: f32, y: f32, text: &str| {
        draw_text(surface, fonts, (x, y), Face::Regular, MARGIN_SIZE, text);
    };
    if let Some(header) = &looks.header {
        text(sheet.left, sheet.top / 2.0, &one_line(header));
    }
    let foot = sheet.height - sheet.bottom / 2.0;
    if let Some(footer) = &looks.footer {
        text(sheet.left, foot, &one_line(footer));
    }
    if looks.page_numbers {
        let number = format!("{number} / {count}");
        let width = fonts.get(Face::Regular).width(&number, MARGIN_SIZE);
        text(sheet.width - sheet.right - width, foot, &number);
    }
}

/// Text from corner to corner, under the content.
fn draw_watermark(surface: &mut Surface<'_>, fonts: &Fonts, text: &str, sheet: &Sheet) {
    let text = one_line(text);
    let font = fonts.get(Face::Bold);
    let diagonal = sheet.width.hypot(sheet.height);
    let width = font.width(&text, 1.0);
    if width <= 0.0 {
        return;
    }
    let size = (diagonal * 0.7 / width).min(120.0);
    let angle = -sheet.height.atan2(sheet.width).to_degrees();
    let (x, y) = (sheet.width / 2.0, sheet.height / 2.0);
    surface.push_transform(&Transform::from_rotate_at(angle, x, y));
    surface.set_fill(Some(Fill {
        paint: luma::Color::new(128).into(),
        opacity: NormalizedF32::new(0.25).unwrap_or(NormalizedF32::ONE),
        rule: Default::default(),
    }));
    let glyphs = font.glyphs(&text);
    let start = Point::from_xy(x - width * size / 2.0, y + size / 3.0);
    surface.draw_glyphs(start, &glyphs, font.font(), &text, size, false);
    surface.pop();
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
