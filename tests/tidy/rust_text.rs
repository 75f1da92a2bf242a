//! Just enough of a Rust lexer to judge a file: comments and the insides of literals are taken out, so that
//! braces and names can be counted in what remains. Positions stay: every line is where it was.

/// A string literal and the line it begins on, counted from 1. Escapes are left as written.
pub struct Literal {
    pub line: usize,
    pub text: String,
}

/// A function that other rooms can call.
pub struct PublicFunction {
    pub line: usize,
    /// The type it belongs to.
    pub owner: Option<String>,
    pub name: String,
    /// From the name to the body, without lifetimes.
    pub signature: String,
}

pub struct RustText {
    /// The text with comments as spaces and the insides of literals as dots.
    pub code: String,
    pub literals: Vec<Literal>,
}

impl RustText {
    pub fn whole(text: &str) -> Self {
        let mut lexer = Lexer { rest: text, line: 1, code: String::new(), literals: Vec::new() };
        while !lexer.rest.is_empty() {
            lexer.step();
        }
        Self { code: lexer.code, literals: lexer.literals }
    }

    /// Without what stands under `#[cfg(test)]`.
    pub fn product(text: &str) -> Self {
        let mut rust = Self::whole(text);
        while let Some(start) = rust.code.find("#[cfg(test)]") {
            let end = start + item_length(&rust.code[start..]);
            let lines = line_at(&rust.code, start)..=line_at(&rust.code, end);
            rust.literals.retain(|l| !lines.contains(&l.line));
            // At the end of a file the module falls away, so that it does not count as length.
            let blank: String =
                rust.code[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            rust.code.replace_range(start..end, &blank);
        }
        rust
    }

    /// The lines, from 1, that contain this text.
    pub fn lines_with(&self, needle: &str) -> Vec<usize> {
        let lines = self.code.lines().enumerate();
        lines.filter(|(_, line)| line.contains(needle)).map(|(at, _)| at + 1).collect()
    }

    /// Every room named after `crate::`, also in groups `crate::{a, b::c}`.
    pub fn rooms_named(&self) -> Vec<(usize, String)> {
        let mut rooms = Vec::new();
        for (at, found) in self.code.match_indices("crate::") {
            let after = &self.code[at + found.len()..];
            let line = line_at(&self.code, at);
            let names = match after.trim_start().strip_prefix('{') {
                Some(group) => heads_of_group(group),
                None => vec![identifier(after.trim_start())],
            };
            rooms.extend(names.into_iter().filter(|n| !n.is_empty()).map(|n| (line, n)));
        }
        rooms
    }

    /// What is `pub` without restriction.
    pub fn public_functions(&self) -> Vec<PublicFunction> {
        let mut functions = Vec::new();
        for head in ["pub fn ", "pub const fn "] {
            for (at, found) in self.code.match_indices(head) {
                let after = &self.code[at + found.len()..];
                let signature = &after[..after.find(['{', ';']).unwrap_or(after.len())];
                functions.push(PublicFunction {
                    line: line_at(&self.code, at),
                    owner: owner_at(&self.code, at),
                    name: identifier(after),
                    signature: without_lifetimes(signature),
                });
            }
        }
        functions.sort_by_key(|function| function.line);
        functions
    }

    /// Each function with a body: its line, its name and the lines of its body that carry code.
    pub fn functions(&self) -> Vec<(usize, String, usize)> {
        let mut functions = Vec::new();
        for (at, found) in self.code.match_indices("fn ") {
            let begins_word = !self.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let name = identifier(&self.code[at + found.len()..]);
            if !begins_word || name.is_empty() {
                continue;
            }
            let item = &self.code[at..at + item_length(&self.code[at..])];
            let Some(open) = item.find('{') else { continue };
            let body = item[open + 1..].trim_end().trim_end_matches('}');
            let length = body.lines().filter(|line| !line.trim().is_empty()).count();
            functions.push((line_at(&self.code, at), name, length));
        }
        functions
    }
}

/// The type of the `impl` block around this place, if there is one.
fn owner_at(code: &str, at: usize) -> Option<String> {
    let line_start = code[..at].rfind('\n').map_or(0, |end| end + 1);
    if !code[line_start..].starts_with(' ') {
        return None;
    }
    let start =
        code[..at].rfind("\nimpl").map(|end| end + 1).or_else(|| code.starts_with("impl").then_some(0))?;
    let head = code[start..at].split('{').next()?;
    let head = head.split_once(" for ").map_or_else(
        || without_generics(head.trim_start_matches("impl")),
        |(_, implementor)| implementor.to_owned(),
    );
    Some(identifier(head.trim_start()))
}

/// `<'a> Reader<'a>` without what it begins with.
fn without_generics(text: &str) -> String {
    let mut depth = 0_usize;
    let rest = text.trim_start_matches(|c| {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ => return depth > 0,
        }
        true
    });
    rest.to_owned()
}

/// `&'a [u8]` as `&[u8]`.
fn without_lifetimes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\'') {
        out.push_str(&rest[..at]);
        rest = rest[at + 1..].trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start();
    }
    out + rest
}

/// From the start of an item to behind its closing brace or its semicolon.
fn item_length(code: &str) -> usize {
    let mut braces = 0_usize;
    let mut others = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => others += 1,
            ')' | ']' => others = others.saturating_sub(1),
            '{' => braces += 1,
            '}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return at + 1;
                }
            }
            ';' if braces == 0 && others == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// The first names of `a, b::{c, d}, e as f}`.
fn heads_of_group(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0_usize;
    let mut fresh = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                heads.push(identifier(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn line_at(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    code: String,
    literals: Vec<Literal>,
}

impl<'a> Lexer<'a> {
    fn step(&mut self) {
        let rest = self.rest;
        if rest.starts_with("//") {
            self.replace(rest.find('\n').unwrap_or(rest.len()), ' ');
        } else if rest.starts_with("/*") {
            self.replace(block_comment(rest), ' ');
        } else if let Some(opening) = self.raw_opening() {
            let hashes = opening.matches('#').count();
            let closing = format!("\"{}", "#".repeat(hashes));
            let inside = &rest[opening.len()..];
            let length = inside.find(&closing).unwrap_or(inside.len());
            self.literal(opening.len(), length, closing.len());
        } else if let Some(inside) = rest.strip_prefix('"') {
            self.literal(1, closing_quote(inside), 1);
        } else if rest.starts_with('\'') {
            match character(rest) {
                Some(length) => {
                    self.keep(1);
                    self.replace(length, '.');
                    self.keep(1);
                }
                None => self.keep(1),
            }
        } else {
            self.keep(rest.chars().next().map_or(0, char::len_utf8));
        }
    }

    /// `r"`, `r#"`, `br##"` … where a word could begin.
    fn raw_opening(&self) -> Option<&'a str> {
        let in_word = self.code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let after = self.rest.strip_prefix("br").or_else(|| self.rest.strip_prefix('r'))?;
        let quote = after.trim_start_matches('#').strip_prefix('"')?;
        (!in_word).then(|| &self.rest[..self.rest.len() - quote.len()])
    }

    fn literal(&mut self, opening: usize, length: usize, closing: usize) {
        let line = self.line;
        self.keep(opening);
        self.literals.push(Literal { line, text: self.rest[..length].to_owned() });
        self.replace(length, '.');
        self.keep(closing.min(self.rest.len()));
    }

    fn keep(&mut self, bytes: usize) {
        let (now, rest) = self.rest.split_at(bytes);
        self.line += now.matches('\n').count();
        self.code.push_str(now);
        self.rest = rest;
    }

    fn replace(&mut self, bytes: usize, by: char) {
        let (now, rest) = self.rest.split_at(bytes);
        self.line += now.matches('\n').count();
        self.code.extend(now.chars().map(|c| if c == '\n' { '\n' } else { by }));
        self.rest = rest;
    }
}

/// Length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn closing_quote(inside: &str) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    inside.len()
}

/// Length of what stands between the quotes of a character; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let inside = &text[1..];
    if let Some(escaped) = inside.strip_prefix('\\') {
        // The second character is escaped, whatever it is: the quote is looked for behind it.
        let skip = 1 + escaped.chars().next()?.len_utf8();
        return inside[skip..].find('\'').map(|at| skip + at);
    }
    let length = inside.chars().next()?.len_utf8();
    inside[length..].starts_with('\'').then_some(length)
}

#[test]
fn literals_and_comments_do_not_count() {
    let text = "let a = \"}\\\"{\"; /* { /* nested */ } */ let b = '{'; let c = '\\''; // }\nlet d: &'a str = r#\"\"{\"#;\n";
    let rust = RustText::whole(text);
    let texts: Vec<&str> = rust.literals.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(texts, ["}\\\"{", "\"{"]);
    assert_eq!(rust.literals[1].line, 2);
    assert!(!rust.code.contains(['{', '}']), "{}", rust.code);
    assert!(rust.code.contains("&'a str"));
}
