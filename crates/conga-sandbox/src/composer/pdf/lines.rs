//! Paragraphs as lines.

use super::super::page::{Align, Paragraph, Role, Run};
use super::font::{Face, Fonts};

/// The size of body text, in points.
const BODY: f32 = 10.5;

/// The height of a line, in its text's sizes.
const LEADING: f32 = 1.35;

/// Four spaces stand for a tab.
const TAB: &str = "    ";

/// How far a list's entry is set in for each level, in points.
const INDENT: f32 = 18.0;

/// A line of text.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub(super) spans: Vec<Span>,
    /// Where it starts, from the left edge of its column.
    pub(super) x: f32,
    /// With the space to the next line.
    pub(super) height: f32,
    /// From the top to the foot of the letters.
    pub(super) ascent: f32,
    /// Space that follows it, unless it is the last of its column.
    pub(super) after: f32,
}

/// Text of one font and size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    /// Space before it, in points.
    pub(super) lead: f32,
    pub(super) text: String,
    pub(super) face: Face,
    pub(super) size: f32,
}

/// Breaks a paragraph into lines of a width.
pub(super) fn break_lines(paragraph: &Paragraph, width: f32, fonts: &Fonts) -> Vec<Line> {
    let (size, is_bold, after) = match paragraph.role {
        Role::Heading(level) => {
            let sizes = [20.0, 16.0, 13.5, 12.0, 11.0, 10.5];
            let size = sizes.get(usize::from(level.saturating_sub(1))).copied();
            (size.unwrap_or(BODY), true, 6.0)
        }
        Role::Body | Role::Entry { .. } if paragraph.is_tight => (BODY, false, 0.0),
        Role::Body | Role::Entry { .. } => (BODY, false, 6.0),
    };
    let mut breaker = Breaker {
        fonts,
        width,
        indent: 0.0,
        size,
        lines: Vec::new(),
        line: Line::default(),
        used: 0.0,
        lead: 0.0,
    };
    if let Role::Entry { depth, marker } = &paragraph.role {
        breaker.indent = (INDENT * (f32::from(*depth) + 1.0)).min(width / 2.0);
        let marker = Run {
            text: marker.clone(),
            ..Run::default()
        };
        breaker.line.x = (breaker.indent - INDENT).max(0.0);
        breaker.run(&marker, Face::Regular, size);
        // The text starts where its later lines do.
        let gap = breaker.indent - breaker.line.x - breaker.used;
        breaker.lead = gap.max(fonts.get(Face::Regular).width(" ", size));
        breaker.used += breaker.lead;
    }
    for run in &paragraph.runs {
        let face = if is_bold || run.is_bold {
            Face::Bold
        } else {
            Face::Regular
        };
        breaker.run(run, face, run.size.unwrap_or(size));
    }
    let mut lines = breaker.finish();
    for line in &mut lines {
        let used: f32 = line
            .spans
            .iter()
            .map(|span| span.lead + fonts.get(span.face).width(span.text.trim_end(), span.size))
            .sum();
        let free = (width - line.x - used).max(0.0);
        line.x += match paragraph.align {
            Align::Left => 0.0,
            Align::Center => free / 2.0,
            Align::Right => free,
        };
    }
    if let Some(last) = lines.last_mut() {
        last.after = after;
    }
    lines
}

struct Breaker<'a> {
    fonts: &'a Fonts,
    width: f32,
    /// Where lines after the first start.
    indent: f32,
    size: f32,
    lines: Vec<Line>,
    line: Line,
    used: f32,
    /// Space before the next text.
    lead: f32,
}

impl Breaker<'_> {
    fn run(&mut self, run: &Run, face: Face, size: f32) {
        let text = run.text.replace('\t', TAB);
        for (at, part) in text.split('\n').enumerate() {
            if at > 0 {
                self.end_line(size);
            }
            // Words with the spaces that follow them: a line may end in spaces, and they do not count.
            for word in part.split_inclusive(' ') {
                self.word(word, face, size);
            }
        }
    }

    fn word(&mut self, word: &str, face: Face, size: f32) {
        let font = self.fonts.get(face);
        let bare = font.width(word.trim_end_matches(' '), size);
        if self.used > 0.0 && self.line.x + self.used + bare > self.width {
            self.end_line(size);
        }
        if self.line.x + bare <= self.width {
            self.push(word, face, size);
            return;
        }
        // A word longer than a line is cut where the line ends.
        let mut part = String::new();
        let mut length = 0.0;
        for c in word.chars() {
            let advance = font.width(c.encode_utf8(&mut [0; 4]), size);
            if !part.is_empty() && self.line.x + self.used + length + advance > self.width {
                self.push(&part, face, size);
                self.end_line(size);
                part.clear();
                length = 0.0;
            }
            part.push(c);
            length += advance;
        }
        self.push(&part, face, size);
    }

    fn push(&mut self, text: &str, face: Face, size: f32) {
        self.used += self.fonts.get(face).width(text, size);
        self.line.height = self.line.height.max(size * LEADING);
        self.line.ascent = self.line.ascent.max(size * 1.07);
        match self.line.spans.last_mut() {
            Some(last) if last.face == face && last.size == size && self.lead == 0.0 => {
                last.text.push_str(text);
            }
            _ => self.line.spans.push(Span {
                lead: std::mem::take(&mut self.lead),
                text: text.to_owned(),
                face,
                size,
            }),
        }
    }

    fn end_line(&mut self, size: f32) {
        let next = Line {
            x: self.indent,
            ..Line::default()
        };
        let mut line = std::mem::replace(&mut self.line, next);
        line.height = line.height.max(size * LEADING);
        self.lines.push(line);
        self.used = 0.0;
    }

    fn finish(mut self) -> Vec<Line> {
        let size = self.size;
        self.end_line(size);
        self.lines
    }
}
