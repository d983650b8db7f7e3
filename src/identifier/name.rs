//! A name alone. Weak: strangers share names, so it is taken only where somebody maps it, and a meeting says little.
//!
//! Canonical forms as in [`super::person`]. The name has to be whole: two words that are no titles, or two characters of
//! Han, kana or Hangul. Names that stand for anybody (`John Doe`, `Max Mustermann`, 张三, `Test User`) are placeholders
//! here. What cannot be known: whether a name is that of a person; organisations are not told apart.

use super::person::{self, present};
use super::{Forms, Reason};

/// Canonical names of nobody.
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
    "n n",
    "na na",
    "name nachname",
    "name name",
    "name no",
    "name surname",
    "name test",
    "name unknown",
    "name your",
    "nachname vorname",
    "no name",
    "none none",
    "null null",
    "test test",
    "test user",
    "unknown unknown",
    "иван тест",
    "тест тест",
    "无名氏",
    "匿名",
    "佚名",
    "张三",
    "張三",
    "李四",
    "测试",
    "測試",
    "测试用户",
    "未知姓名",
    "名無し",
    "山田太郎",
    "テスト",
    "홍길동",
    "테스트",
];

/// Writes the name.
///
/// Errors: `Length` for half a name; those of [`person::write`].
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    person::write(present(text)?, forms)?;
    let Ok(name) = std::str::from_utf8(&forms.exact) else { return Err(Reason::Syntax) };
    if NOBODY.contains(&name) {
        Err(Reason::Placeholder)
    } else if person::is_whole(name) {
        Ok(())
    } else {
        Err(Reason::Length)
    }
}
