//! As much HTML as is needed to find forms, links and what stands in them.

use std::collections::BTreeMap;

/// The attributes of a tag.
pub type Tag = BTreeMap<String, String>;

/// Turns the entities which templates write back into letters.
pub fn unescape(text: &str) -> String {
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&quot;", "\""), ("&lt;", "<")]
        .iter()
        .chain(&[("&gt;", ">"), ("&#38;", "&"), ("&amp;", "&")])
        .fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

/// All tags of a name.
pub fn tags(html: &str, name: &str) -> Vec<Tag> {
    let opening = format!("<{name}");
    let mut out = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(&opening) {
        rest = &rest[at + opening.len()..];
        if rest.starts_with([' ', '>', '\n']) {
            out.push(attributes(rest));
        }
    }
    out
}

/// The attributes from behind a tag's name up to its `>`.
fn attributes(mut rest: &str) -> Tag {
    let mut out = Tag::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with('>') {
            return out;
        }
        let end = rest.find(['=', ' ', '>', '\n']).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let Some(value) = rest.strip_prefix("=\"") else {
            out.insert(name, String::new());
            rest = rest.strip_prefix('=').unwrap_or(rest);
            continue;
        };
        let (value, after) = value.split_once('"').expect("a closed attribute");
        out.insert(name, unescape(value));
        rest = after;
    }
}

/// A form.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// Its own attributes.
    pub tag: Tag,
    inputs: Vec<Tag>,
    buttons: Vec<Tag>,
}

/// All forms of a page.
pub fn forms(html: &str) -> Vec<Form> {
    let mut out = Vec::new();
    for part in html.split("<form").skip(1) {
        let inside = part.split_once("</form>").map_or(part, |(inside, _)| inside);
        let tag = attributes(inside);
        out.push(Form {
            action: tag.get("action").cloned().unwrap_or_default(),
            tag,
            inputs: tags(inside, "input"),
            buttons: tags(inside, "button"),
        });
    }
    out
}

fn is(tag: &Tag, name: &str, value: &str) -> bool {
    tag.get(name).is_some_and(|known| known == value)
}

impl Form {
    /// Whether it has this button.
    pub fn offers(&self, action: &str) -> bool {
        self.buttons.iter().any(|button| is(button, "data-action", action))
    }

    /// What a browser sends when this button is pressed.
    pub fn fields(&self, action: &str) -> Vec<(String, String)> {
        let sent = |input: &&Tag| {
            let optional = is(input, "type", "checkbox") || is(input, "type", "radio");
            !optional || input.contains_key("checked")
        };
        let button = self.buttons.iter().find(|button| is(button, "data-action", action));
        let value = |tag: &Tag| tag.get("value").cloned().unwrap_or_default();
        self.inputs
            .iter()
            .filter(sent)
            .chain(button)
            .filter_map(|tag| Some((tag.get("name")?.clone(), value(tag))))
            .collect()
    }
}
