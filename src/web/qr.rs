//! A QR code as a drawing of our own: one path without colours, which the stylesheet gives it.

use fast_qr::QRBuilder;
use std::fmt::Write;

/// Light modules around the code, as ISO/IEC 18004 asks for.
const MARGIN: usize = 4;

/// The drawing: an SVG of this view box with this one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Modules from edge to edge, margins included.
    pub(crate) side: usize,
    /// The dark modules of each row, drawn in runs.
    pub(crate) path: String,
}

/// Draws a text; `None` if it is longer than any code.
pub(crate) fn picture(text: &str) -> Option<Picture> {
    let code = QRBuilder::new(text).build().ok()?;
    let mut path = String::new();
    for row in 0..code.size {
        let mut column = 0;
        while column < code.size {
            let run = code[row][column..].iter().take_while(|module| module.value()).count();
            if run > 0 {
                // A String takes every character.
                let _written = write!(path, "M{} {}h{run}v1h-{run}z", column + MARGIN, row + MARGIN);
            }
            column += run + 1;
        }
    }
    Some(Picture { side: code.size + 2 * MARGIN, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules which a path covers, as the code has them.
    fn drawn(picture: &Picture) -> Vec<Vec<bool>> {
        let mut grid = vec![vec![false; picture.side]; picture.side];
        for run in picture.path.split('M').skip(1) {
            let numbers: Vec<usize> =
                run.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
            let [column, row, width, ..] = numbers[..] else { panic!("{run}") };
            (column..column + width).for_each(|at| grid[row][at] = true);
        }
        grid
    }

    #[test]
    fn the_path_draws_every_dark_module_and_no_light_one() {
        let address = "https://id.birkenfurt.example/";
        let picture = picture(address).unwrap();
        let code = QRBuilder::new(address).build().unwrap();
        let grid = drawn(&picture);
        for (row, line) in grid.iter().enumerate() {
            for (column, dark) in line.iter().enumerate() {
                let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < code.size);
                let wanted = inside(row).zip(inside(column)).is_some_and(|(r, c)| code[r][c].value());
                assert_eq!(*dark, wanted, "{row} {column}");
            }
        }
        assert!(picture.path.len() < 6000, "{}", picture.path.len());
    }

    #[test]
    fn what_no_code_holds_is_not_drawn() {
        assert_eq!(picture(&"x".repeat(5000)), None);
    }
}
