//! Taking out of a sentence what says who somebody is.

/// Where people live, and what they are called.
pub struct Redactor {
    home: Option<String>,
    user: Option<String>,
}

/// A shorter name is too likely to be a part of other words.
const SHORTEST: usize = 3;

impl Redactor {
    pub fn here() -> Self {
        let home = std::env::home_dir().map(|h| h.display().to_string());
        let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
        Self::of(home, user.ok())
    }

    fn of(home: Option<String>, user: Option<String>) -> Self {
        Self {
            home: home.filter(|h| h.len() > 1),
            user: user.filter(|u| u.len() >= SHORTEST && u != "root"),
        }
    }

    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if let Some(home) = &self.home {
            text = text.replace(home.trim_end_matches('/'), "~");
        }
        if let Some(user) = &self.user {
            text = text.replace(user, "USER");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_home_nor_name_is_told() {
        let redact = Redactor::of(Some("/Users/miriam/".into()), Some("miriam".into()));
        assert_eq!(
            redact.clean("/Users/miriam/Library, /Volumes/miriam-disk/x"),
            "~/Library, /Volumes/USER-disk/x"
        );
        let root = Redactor::of(Some("/root".into()), Some("root".into()));
        assert_eq!(root.clean("/root/a is rooted"), "~/a is rooted");
        assert_eq!(Redactor::of(Some("/".into()), None).clean("/a/b"), "/a/b");
    }
}
