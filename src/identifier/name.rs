//! A name alone. Weak: strangers share names, so it is taken only where somebody maps it, and a meeting says little.
//!
//! Canonical forms as in [`super::person`]. The name has to be whole: two words that are no titles, or two characters
//! of Han, kana or Hangul. Names that stand for anybody (`John Doe`, `Max Mustermann`, 张三, `Test User`) are
//! placeholders here. What cannot be known: whether a name is that of a person; organisations are not told apart.

use super::person::{self, present};
use super::{Forms, Reason};

/// Canonical names of nobody, in the order of their bytes.
const NOBODY: &[&str] = &[
    "account deleted",
    "admin admin",
    "administrator system",
    "anonymous user",
    "customer test",
    "deleted user",
    "doe jane",
    "doe john",
    "doe john test",
    "erika mustermann",
    "first last",
    "first last name name",
    "first name",
    "full name",
    "guest user",
    "last name",
    "max mustermann",
    "musterfrau petra",
    "mustermann test",
    "na na",
    "nachname name",
    "nachname vorname",
    "name name",
    "name no",
    "name surname",
    "name test",
    "name unknown",
    "name your",
    "none none",
    "null null",
    "test test",
    "test user",
    "unknown unknown",
    "иван тест",
    "тест тест",
    "テスト",
    "佚名",
    "匿名",
    "名無し",
    "山田太郎",
    "张三",
    "張三",
    "无名氏",
    "未知姓名",
    "李四",
    "测试",
    "测试用户",
    "測試",
    "테스트",
    "홍길동",
];

/// Writes the name.
///
/// Errors: `Length` for half a name; those of [`person::write`].
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    person::write(present(text)?, forms)?;
    let Ok(name) = std::str::from_utf8(&forms.exact) else { return Err(Reason::Syntax) };
    if NOBODY.binary_search(&name).is_ok() {
        Err(Reason::Placeholder)
    } else if person::is_whole(name) {
        Ok(())
    } else {
        Err(Reason::Length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_nobody_are_canonical() {
        assert!(NOBODY.windows(2).all(|two| two[0] < two[1]));
        for name in NOBODY {
            let mut forms = Forms::new();
            assert_eq!(person::write(name, &mut forms), Ok(()), "{name}");
            assert_eq!(String::from_utf8_lossy(&forms.exact), *name);
            assert_eq!(canonicalize(name, &mut Forms::new()), Err(Reason::Placeholder));
        }
    }
}
