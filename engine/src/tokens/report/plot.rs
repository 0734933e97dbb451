//! Pictures of a few kinds, drawn once and written as SVG and as PNG.
//!
//! Ink and grid have colours of their own that the page's style sheet exchanges in the dark. Letters in PNG are DejaVu Sans, of which
//! `labels.ttf` holds Latin and a few signs; no font of the system is needed.

use crate::Result;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::register_font;
use std::fmt::Display;
use std::ops::Range;
use std::sync::Once;

pub(super) const INK: RGBColor = RGBColor(0x20, 0x24, 0x2a);
pub(super) const GRID: RGBColor = RGBColor(0xd3, 0xd8, 0xdf);
/// A and B; told apart by lightness, too.
const SIDES: [RGBColor; 2] = [RGBColor(0x1f, 0x6f, 0xb5), RGBColor(0xd9, 0x7a, 0x1c)];
/// From low to high, growing in lightness.
const SCALE: [(u8, u8, u8); 5] = [
    (68, 1, 84),
    (59, 82, 139),
    (33, 145, 140),
    (94, 201, 98),
    (253, 231, 37),
];
const WIDTH: u32 = 960;
const FONT: &str = "sans-serif";

/// A line, or the outline of counts.
pub(super) struct Line {
    /// 0 is A, 1 is B.
    pub side: usize,
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// One codebook's counts.
pub(super) struct Panel {
    pub title: String,
    /// Per side, counts of equal stretches of tokens.
    pub bins: Vec<Vec<u64>>,
}

pub(super) enum Plot {
    Lines {
        x: &'static str,
        y: &'static str,
        lines: Vec<Line>,
        /// Nothing is above it.
        most: Option<f64>,
    },
    /// Values per codebook (rows) and stretch of frames (columns); None where nothing is known.
    Heat {
        rows: Vec<Vec<Option<f64>>>,
        frames: usize,
        low: f64,
        high: f64,
    },
    Panels {
        vocabulary: usize,
        panels: Vec<Panel>,
    },
    /// Shares in bins with names, per side.
    Bars {
        x: &'static str,
        y: &'static str,
        names: Vec<String>,
        sides: Vec<(usize, String, Vec<f64>)>,
    },
}

impl Plot {
    fn size(&self) -> (u32, u32) {
        let height = match self {
            Plot::Lines { .. } | Plot::Bars { .. } => 300,
            Plot::Heat { rows, .. } => 110 + 18 * rows.len().clamp(8, 40) as u32,
            Plot::Panels { panels, .. } => 150 * panels.len().div_ceil(4).max(1) as u32,
        };
        (WIDTH, height)
    }

    /// Transparent, to lie on any page.
    pub fn svg(&self) -> Result<String> {
        let mut text = String::new();
        {
            let root = SVGBackend::with_string(&mut text, self.size()).into_drawing_area();
            self.draw(&root)?;
            drawn(root.present())?;
        }
        Ok(text)
    }

    /// On white.
    pub fn png(&self) -> Result<Vec<u8>> {
        let (width, height) = self.size();
        let mut pixels = vec![0u8; (width * height * 3) as usize];
        {
            let root = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
            drawn(root.fill(&WHITE))?;
            self.draw(&root)?;
            drawn(root.present())?;
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = drawn(encoder.write_header())?;
        drawn(writer.write_image_data(&pixels))?;
        drawn(writer.finish())?;
        Ok(file)
    }

    fn draw<B: DrawingBackend>(&self, root: &DrawingArea<B, Shift>) -> Result<()> {
        letters();
        match self {
            Plot::Lines { x, y, lines, most } => draw_lines(root, (x, y), lines, *most),
            Plot::Heat {
                rows,
                frames,
                low,
                high,
            } => draw_heat(root, rows, *frames, (*low, *high)),
            Plot::Panels { vocabulary, panels } => draw_panels(root, *vocabulary, panels),
            Plot::Bars { x, y, names, sides } => draw_bars(root, (x, y), names, sides),
        }
    }
}

/// Makes the letters known, once.
fn letters() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It is part of the program and was looked at by a test; without it the pictures would lack their letters.
        _ = register_font(FONT, FontStyle::Normal, include_bytes!("labels.ttf"));
    });
}

fn ink(size: i32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}

fn drawn<T, E: Display>(result: std::result::Result<T, E>) -> Result<T> {
    result
        .map_err(|e| myna_models::Error::Compute(format!("a picture cannot be drawn: {e}")).into())
}

/// The largest value, or `least` if nothing is larger.
fn top(values: impl Iterator<Item = f64>, least: f64) -> f64 {
    values.filter(|v| v.is_finite()).fold(least, f64::max)
}

type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// An empty one with room for labels and descriptions of both axes.
fn chart<'a, B: DrawingBackend>(
    area: &'a DrawingArea<B, Shift>,
    x: Range<f64>,
    y: Range<f64>,
) -> Result<Chart<'a, B>> {
    drawn(
        ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(62)
            .build_cartesian_2d(x, y),
    )
}

fn draw_lines<B: DrawingBackend>(
    root: &DrawingArea<B, Shift>,
    (x, y): (&str, &str),
    lines: &[Line],
    most: Option<f64>,
) -> Result<()> {
    let all = || lines.iter().flat_map(|line| &line.points);
    let right = top(all().map(|p| p.0), 1.0);
    let high = most.unwrap_or_else(|| top(all().map(|p| p.1), 1e-9) * 1.05);
    let mut chart = chart(root, 0.0..right, 0.0..high)?;
    drawn(
        chart
            .configure_mesh()
            .axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .label_style(ink(14))
            .axis_desc_style(ink(15))
            .x_label_formatter(&|x| format!("{x:.0}"))
            .x_desc(x)
            .y_desc(y)
            .draw(),
    )?;
    for line in lines {
        let colour = SIDES[line.side % 2];
        let style = colour.stroke_width(2);
        let series = drawn(chart.draw_series(LineSeries::new(line.points.iter().copied(), style)))?;
        series
            .label(line.name.clone())
            .legend(move |(x, y)| Rectangle::new([(x, y - 1), (x + 16, y + 1)], colour.filled()));
    }
    legend(&mut chart)
}

fn draw_bars<B: DrawingBackend>(
    root: &DrawingArea<B, Shift>,
    (x, y): (&str, &str),
    names: &[String],
    sides: &[(usize, String, Vec<f64>)],
) -> Result<()> {
    let high = top(sides.iter().flat_map(|(_, _, v)| v.iter().copied()), 1e-9) * 1.1;
    let bins = names.len().max(1);
    let mut chart = chart(root, 0.0..bins as f64, 0.0..high)?;
    drawn(
        chart
            .configure_mesh()
            .axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .disable_x_mesh()
            .label_style(ink(14))
            .axis_desc_style(ink(15))
            .x_labels(bins + 1)
            .x_label_formatter(&|at| names.get(*at as usize).cloned().unwrap_or_default())
            .x_desc(x)
            .y_desc(y)
            .draw(),
    )?;
    let width = 0.8 / sides.len().max(1) as f64;
    for (place, (side, name, values)) in sides.iter().enumerate() {
        let colour = SIDES[side % 2];
        let left = 0.1 + place as f64 * width;
        let bars = values.iter().enumerate().map(|(i, &v)| {
            let from = i as f64 + left;
            Rectangle::new([(from, 0.0), (from + width, v)], colour.filled())
        });
        drawn(chart.draw_series(bars))?
            .label(name.clone())
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 16, y + 5)], colour.filled()));
    }
    legend(&mut chart)
}

fn legend<'a, B: DrawingBackend + 'a>(chart: &mut Chart<'a, B>) -> Result<()> {
    drawn(
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .label_font(ink(14))
            .border_style(TRANSPARENT)
            .draw(),
    )
}

fn draw_heat<B: DrawingBackend>(
    root: &DrawingArea<B, Shift>,
    rows: &[Vec<Option<f64>>],
    frames: usize,
    (low, high): (f64, f64),
) -> Result<()> {
    let (map, key) = root.split_horizontally(WIDTH - 110);
    let columns = rows.first().map_or(1, Vec::len).max(1);
    // What lies between two columns, in frames.
    let step = frames as f64 / columns as f64;
    let height = rows.len() as f64 - 0.5;
    let mut chart = chart(&map, 0.0..columns as f64 * step, -0.5..height)?;
    let colour = |value: f64| scale((value - low) / (high - low).max(1e-12));
    for (codebook, row) in rows.iter().enumerate() {
        let cells = row.iter().enumerate().filter_map(|(i, value)| {
            // A codebook's cells lie around its number.
            let (left, bottom) = (i as f64 * step, codebook as f64 - 0.5);
            let corners = [(left, bottom), (left + step, bottom + 1.0)];
            Some(Rectangle::new(corners, colour((*value)?).filled()))
        });
        drawn(chart.draw_series(cells))?;
    }
    drawn(
        chart
            .configure_mesh()
            .disable_mesh()
            .axis_style(INK)
            .label_style(ink(14))
            .axis_desc_style(ink(15))
            .y_labels(rows.len().min(8) + 1)
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|y| format!("{y:.0}"))
            .x_desc("frame")
            .y_desc("codebook")
            .draw(),
    )?;
    let mut chart = drawn(
        ChartBuilder::on(&key)
            .margin(12)
            .margin_bottom(54)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..1.0, low..high.max(low + 1e-9)),
    )?;
    let steps = (0..40).map(|i| {
        let at = |i: i32| low + (high - low).max(1e-9) * f64::from(i) / 40.0;
        Rectangle::new([(0.0, at(i)), (1.0, at(i + 1))], colour(at(i)).filled())
    });
    drawn(chart.draw_series(steps))?;
    drawn(
        chart
            .configure_mesh()
            .disable_mesh()
            .disable_x_axis()
            .axis_style(INK)
            .label_style(ink(13))
            .y_labels(5)
            .draw(),
    )
}

fn draw_panels<B: DrawingBackend>(
    root: &DrawingArea<B, Shift>,
    vocabulary: usize,
    panels: &[Panel],
) -> Result<()> {
    let areas = root.split_evenly((panels.len().div_ceil(4).max(1), 4));
    for (panel, area) in panels.iter().zip(&areas) {
        let high = panel
            .bins
            .iter()
            .flatten()
            .copied()
            .max()
            .unwrap_or(0)
            .max(1) as f64
            * 1.05;
        let mut chart = drawn(
            ChartBuilder::on(area)
                .margin(6)
                .caption(&panel.title, ink(14))
                .x_label_area_size(22)
                .y_label_area_size(40)
                .build_cartesian_2d(0.0..vocabulary as f64, 0.0..high),
        )?;
        drawn(
            chart
                .configure_mesh()
                .axis_style(INK)
                .bold_line_style(GRID)
                .light_line_style(TRANSPARENT)
                .disable_x_mesh()
                .label_style(ink(12))
                .x_labels(4)
                .y_labels(4)
                .x_label_formatter(&|x| format!("{x:.0}"))
                .y_label_formatter(&|y| format!("{y:.0}"))
                .draw(),
        )?;
        for (side, bins) in panel.bins.iter().enumerate() {
            let width = vocabulary as f64 / bins.len().max(1) as f64;
            let colour = SIDES[side % 2];
            if side == 0 {
                let bars = bins.iter().enumerate().map(|(i, &n)| {
                    let left = i as f64 * width;
                    Rectangle::new([(left, 0.0), (left + width, n as f64)], colour.filled())
                });
                drawn(chart.draw_series(bars))?;
            } else {
                // B lies over A as an outline, so that both can be seen.
                let steps = bins.iter().enumerate().flat_map(|(i, &n)| {
                    let left = i as f64 * width;
                    [(left, n as f64), (left + width, n as f64)]
                });
                drawn(chart.draw_series(LineSeries::new(steps, colour.stroke_width(2))))?;
            }
        }
    }
    Ok(())
}

/// 0 to 1 as a colour.
fn scale(value: f64) -> RGBColor {
    let last = SCALE.len() - 1;
    let at = value.clamp(0.0, 1.0) * last as f64;
    let i = (at as usize).min(last - 1);
    let (a, b, t) = (SCALE[i], SCALE[i + 1], at - i as f64);
    let mix = |x: u8, y: u8| (f64::from(x) + (f64::from(y) - f64::from(x)) * t).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
