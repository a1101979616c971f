//! PDF: layout and writing.
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

mod font;
mod layout;
mod lines;

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;

use super::Fault;
use super::page::{Looks, Page, Sheet};
use font::{Face, Fonts};
use layout::Item;

/// A document has at most this many pages.
const MAX_PAGES: usize = 5_000;

/// The size of headers and footers, in points.
const MARGIN_SIZE: f32 = 9.0;

/// Writes a page as PDF.
pub(super) fn write(page: &Page, looks: &Looks) -> Result<Vec<u8>, Fault> {
    let fonts = Fonts::load()?;
    let sheets = layout::lay_out(page, &fonts)?;
    let settings = SerializeSettings {
        enable_tagging: false,
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    document.set_metadata(
        Metadata::new()
            .title(page.title.clone().unwrap_or_default())
            .producer("conga-sandbox".to_owned()),
    );
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
