//! The fonts and their measures.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider as _};

use super::super::Fault;

const REGULAR: &[u8] = include_bytes!("../../../fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../fonts/NotoSans-Bold.ttf");

/// A font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
}

/// The fonts of a document.
pub(super) struct Fonts {
    regular: Measured,
    bold: Measured,
}

/// A font, and what is known of its characters.
pub(super) struct Measured {
    font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: f32,
}

impl Fonts {
    /// Loads the fonts.
    pub(super) fn load() -> Result<Self, Fault> {
        let load = |data: &'static [u8]| Measured::load(data);
        let broken = || Fault::new("the sandbox's fonts cannot be read; this is its fault");
        Ok(Self {
            regular: load(REGULAR).ok_or_else(broken)?,
            bold: load(BOLD).ok_or_else(broken)?,
        })
    }

    /// A font of the document.
    pub(super) fn get(&self, face: Face) -> &Measured {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }
}

impl Measured {
    fn load(data: &'static [u8]) -> Option<Self> {
        let font = Font::new(data.to_vec().into(), 0)?;
        let read = FontRef::new(data).ok()?;
        Some(Self {
            units: font.units_per_em(),
            charmap: read.charmap(),
            metrics: read.glyph_metrics(Size::unscaled(), LocationRef::default()),
            font,
        })
    }

    /// The font, for drawing.
    pub(super) fn font(&self) -> Font {
        self.font.clone()
    }

    /// The width of a text in points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.advance(c)).sum::<f32>() * size
    }

    /// The glyphs of a text: one for each character.
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyphs = text.char_indices().map(|(at, c)| KrillaGlyph {
            glyph_id: GlyphId::new(self.glyph(c).to_u32()),
            text_range: at..at + c.len_utf8(),
            x_advance: self.advance(c),
            x_offset: 0.0,
            y_offset: 0.0,
            y_advance: 0.0,
            location: None,
        });
        glyphs.collect()
    }

    /// The width of a character at the size of one point.
    fn advance(&self, c: char) -> f32 {
        let units = self.metrics.advance_width(self.glyph(c));
        units.unwrap_or(0.0) / self.units
    }

    fn glyph(&self, c: char) -> skrifa::GlyphId {
        // Fonts have one glyph for white space.
        let c = if c.is_whitespace() { ' ' } else { c };
        let found = self.charmap.map(c);
        found
            .or_else(|| self.charmap.map(char::REPLACEMENT_CHARACTER))
            .unwrap_or(skrifa::GlyphId::NOTDEF)
    }
}
