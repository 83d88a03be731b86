//! Comments in JSON: the documented request of evaluateClassificationResults carries one. Source: rest-api 3.2, C37.

/// Replaces `//…` and `/*…*/` outside strings by blanks, so that positions stay what they were.
pub(super) fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('"', _) => {
                out.push(c);
                copy_string(&mut chars, &mut out);
            }
            ('/', Some('/')) => {
                out.push(' ');
                while let Some(c) = chars.next_if(|c| *c != '\n') {
                    push_blank(&mut out, c);
                }
            }
            ('/', Some('*')) => {
                out.push(' ');
                blank_block(&mut chars, &mut out);
            }
            _ => out.push(c),
        }
    }
    out
}

type Chars<'t> = std::iter::Peekable<std::str::Chars<'t>>;

fn copy_string(chars: &mut Chars<'_>, out: &mut String) {
    while let Some(c) = chars.next() {
        out.push(c);
        match c {
            '"' => return,
            '\\' => out.extend(chars.next()),
            _ => {}
        }
    }
}

/// Blanks from `*` to `*/`. An unfinished comment leaves a `/`, which no JSON has.
fn blank_block(chars: &mut Chars<'_>, out: &mut String) {
    out.extend(chars.next().map(|_| ' '));
    while let Some(c) = chars.next() {
        push_blank(out, c);
        if c == '*' && chars.next_if_eq(&'/').is_some() {
            out.push(' ');
            return;
        }
    }
    out.push('/');
}

/// One blank per byte; line ends stay.
fn push_blank(out: &mut String, c: char) {
    if c == '\n' {
        out.push(c);
        return;
    }
    out.extend(std::iter::repeat_n(' ', c.len_utf8()));
}
