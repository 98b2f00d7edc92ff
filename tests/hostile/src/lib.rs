//! Bodies that are small to send and would be large to read: reading one must not take much memory.
//!
//! Each is at most 1 MiB, the largest body of any path. `tests/contract` sends them to every platform, to Spin components with
//! 32 MiB of memory; the tests of the readers (`wasm-shared/web`, `functions/mcp`) count what each allocates.

/// The largest body that any path reads.
pub const LARGEST: usize = 1 << 20;

/// Bytes that the frame around a value may take.
const FRAME: usize = 512;

/// A body of an attacker.
#[derive(Clone, Copy)]
pub struct Hostile {
    /// What it is, for a message.
    pub name: &'static str,
    /// Makes the value that fills the body.
    value: fn() -> String,
    /// How the value is put into a body.
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    /// As one unknown field.
    Field,
    /// As the fields of the object itself, without its braces.
    Fields,
    /// As the whole body.
    Whole,
}

impl Hostile {
    /// The body for a path that reads one JSON object, such as `POST /simulate`.
    #[must_use]
    pub fn object(&self) -> Vec<u8> {
        let value = (self.value)();
        match self.form {
            Form::Field => format!(r#"{{"unknown":{value}}}"#),
            Form::Fields => format!("{{{value}}}"),
            Form::Whole => value,
        }
        .into_bytes()
    }

    /// The body for `POST /mcp`: a call of a tool with it as arguments.
    #[must_use]
    pub fn call(&self) -> Vec<u8> {
        let value = (self.value)();
        let call = |arguments: String| {
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"simulate","arguments":{{{arguments}}}}}}}"#
            )
        };
        match self.form {
            Form::Field => call(format!(r#""unknown":{value}"#)),
            Form::Fields => call(value),
            Form::Whole => value,
        }
        .into_bytes()
    }
}

/// As many of `part` as fit, with commas between them.
fn fill(part: &str) -> String {
    numbered(|_| part.to_owned())
}

/// As many of the parts as fit, with commas between them.
fn numbered(part: impl Fn(usize) -> String) -> String {
    let mut all = String::with_capacity(LARGEST);
    for number in 0.. {
        let part = part(number);
        if all.len() + part.len() + 1 > LARGEST - FRAME {
            break;
        }
        if number > 0 {
            all.push(',');
        }
        all.push_str(&part);
    }
    all
}

fn list(part: &str) -> String {
    format!("[{}]", fill(part))
}

fn text(part: &str) -> String {
    format!("\"{}\"", part.repeat((LARGEST - FRAME) / part.len()))
}

fn nested(open: &str, close: &str) -> String {
    let depth = (LARGEST - FRAME) / (open.len() + close.len());
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

const fn hostile(name: &'static str, form: Form, value: fn() -> String) -> Hostile {
    Hostile { name, value, form }
}

/// All of them.
pub const BODIES: [Hostile; 31] = [
    hostile("many small objects", Form::Field, || list(r#"{"a":1}"#)),
    hostile("many objects with a name given twice", Form::Field, || list(r#"{"a":1,"a":2}"#)),
    hostile("many empty objects", Form::Field, || list("{}")),
    hostile("many empty lists", Form::Field, || list("[]")),
    hostile("many lists of one", Form::Field, || list("[1]")),
    hostile("lists inside lists", Form::Field, || nested("[", "]")),
    hostile("objects inside objects", Form::Field, || nested(r#"{"a":"#, "}")),
    hostile("lists that are never closed", Form::Whole, || "[".repeat(LARGEST)),
    hostile("objects that are never closed", Form::Whole, || r#"{"a":"#.repeat(LARGEST / 5)),
    hostile("one long text", Form::Field, || text("a")),
    hostile("a text of escapes", Form::Field, || text(r"\u0041")),
    hostile("a text of surrogate pairs", Form::Field, || text(r"\ud83d\ude00")),
    hostile("a text that is never closed", Form::Whole, || {
        "{\"unknown\":\"".to_owned() + &"a".repeat(LARGEST - FRAME)
    }),
    hostile("a long name", Form::Fields, || text("k") + ":1"),
    hostile("many unknown names", Form::Fields, || numbered(|number| format!(r#""n{number}":1"#))),
    hostile("many unknown names of empty objects", Form::Fields, || {
        numbered(|number| format!(r#""n{number}":{{}}"#))
    }),
    hostile("one name given many times", Form::Fields, || fill(r#""rbp":1"#)),
    hostile("many names given twice", Form::Fields, || numbered(|number| format!(r#""n{}":1"#, number / 2))),
    hostile("many short numbers", Form::Field, || list("1")),
    hostile("many short numbers as an assumption", Form::Fields, || format!(r#""rbp":{}"#, list("1"))),
    hostile("a number of many digits", Form::Field, || "1".repeat(LARGEST - FRAME)),
    hostile("many numbers with exponents", Form::Field, || list("1e300")),
    hostile("many short texts", Form::Field, || list("\"a\"")),
    hostile("many empty texts as an assumption", Form::Fields, || {
        format!(r#""gamma_weight_type":{}"#, list("\"\""))
    }),
    hostile("many nulls", Form::Field, || list("null")),
    hostile("a list of objects that breaks off", Form::Whole, || "[".to_owned() + &fill(r#"{"a":{}}"#)),
    // Just within the limits of a forecast: what is read and refused for what it says takes most memory.
    hostile("as many texts as are read", Form::Field, || format!("[{}]", vec!["\"a\""; 99_000].join(","))),
    hostile("as many numbers as are read", Form::Field, || format!("[{}]", vec!["0.1"; 99_000].join(","))),
    hostile("as many members as are read", Form::Fields, || {
        let name = "n".repeat(400);
        let members: Vec<_> = (0..490).map(|number| format!(r#""{name}{number}":{number}"#)).collect();
        members.join(",")
    }),
    hostile("a batch of many small messages", Form::Whole, || list(r#"{"jsonrpc":"2.0","method":"x"}"#)),
    hostile("a batch of ten messages with many numbers each", Form::Whole, || {
        let numbers = vec!["1"; 10_000].join(",");
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"simulate","arguments":{{"rbp":[{numbers}]}}}}}}"#
        );
        format!("[{}]", vec![call; 10].join(","))
    }),
];

/// The largest body that is meant well: the 13 assumptions that may be vectors, each with a number for all of 20 years' days.
#[must_use]
pub fn largest_legitimate() -> Vec<u8> {
    let vector = |value: &str| format!("[{}]", vec![value; 7300].join(","));
    let fields = [
        ("rbp", "3.1415926"),
        ("rr", "0.8675309"),
        ("fpr", "0.8675309"),
        ("lock_target", "0.3141592"),
        ("gamma", "0.7071067"),
        ("gamma_weight_type", "\"arithmetic\""),
        ("fil_plus_multiplier", "10.000001"),
        ("qa_renewal_multiplier", "1.0000001"),
        ("daily_burnt_fil", "12345.678"),
        ("baseline_eib", "27.182818"),
    ];
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| format!(r#""{name}":{}"#, vector(value))).collect();
    format!(r#"{{"forecast_length_days":7300,"output":"days",{}}}"#, fields.join(",")).into_bytes()
}
