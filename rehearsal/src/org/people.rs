//! The people of a made-up company: names, departments, titles, places. A number is a person, and
//! a login leads back to the number without a table.

use super::ids::Ids;

const FIRST: &[&str] = &[
    "Ada", "Amir", "Anna", "Aiko", "Alma", "Anton", "Arun", "Beatriz", "Ben", "Björn", "Carla", "Chen", "Chloé",
    "Clara", "Dara", "David", "Deniz", "Diego", "Edith", "Eero", "Elena", "Elif", "Emeka", "Emil", "Esther", "Eva",
    "Farid", "Fatima", "Felix", "Fiona", "Freya", "Gita", "Grace", "Greta", "Hana", "Hannah", "Hugo", "Ida", "Ilse",
    "Imani", "Ines", "Irene", "Ivan", "Jan", "Jana", "Jonas", "José", "Julia", "Kai", "Karim", "Kofi", "Lars", "Laura",
    "Leila", "Lena", "Lina", "Liam", "Lucía", "Luis", "Magda", "Malik", "Marco", "Maria", "Marta", "Mateo", "Maya",
    "Mei", "Mila", "Mina", "Nadia", "Naoko", "Nils", "Nina", "Noah", "Nora", "Olga", "Oscar", "Paolo", "Petra",
    "Priya", "Rafael", "Rania", "Ravi", "Rosa", "Ruth", "Sami", "Sara", "Selma", "Sofia", "Sven", "Tara", "Theo",
    "Uma", "Vera", "Viktor", "Wanda", "Yara", "Yusuf", "Zoë", "Zuri",
];

const LAST: &[&str] = &[
    "Abe",
    "Adler",
    "Ahmed",
    "Almeida",
    "Andersson",
    "Arslan",
    "Baker",
    "Banerjee",
    "Barbosa",
    "Bauer",
    "Becker",
    "Bianchi",
    "Boateng",
    "Brandt",
    "Brown",
    "Bruun",
    "Campos",
    "Carter",
    "Castro",
    "Chandra",
    "Cohen",
    "Costa",
    "Dahl",
    "Dekker",
    "Diallo",
    "Diaz",
    "Dubois",
    "Duarte",
    "Eklund",
    "Fabre",
    "Farah",
    "Ferrari",
    "Fischer",
    "Flores",
    "Fontaine",
    "Frank",
    "Garcia",
    "Ghosh",
    "Gomez",
    "Gruber",
    "Haas",
    "Hansen",
    "Haque",
    "Hoffmann",
    "Holm",
    "Huber",
    "Ibrahim",
    "Ito",
    "Ivanova",
    "Jansen",
    "Jensen",
    "Jung",
    "Kaya",
    "Keller",
    "Khan",
    "Kim",
    "Klein",
    "Kovacs",
    "Kowalski",
    "Krüger",
    "Kumar",
    "Lange",
    "Larsen",
    "Lehmann",
    "Lindqvist",
    "Lopez",
    "Lund",
    "Maier",
    "Martin",
    "Mbeki",
    "Mendes",
    "Meyer",
    "Molina",
    "Moreau",
    "Mori",
    "Müller",
    "Nakamura",
    "Nguyen",
    "Nilsson",
    "Novak",
    "Nowak",
    "Okafor",
    "Oliveira",
    "Olsen",
    "Omar",
    "Park",
    "Patel",
    "Pereira",
    "Petrov",
    "Quinn",
    "Rahman",
    "Ricci",
    "Rossi",
    "Roth",
    "Santos",
    "Sato",
    "Schmid",
    "Silva",
    "Singh",
    "Tanaka",
    "Turner",
    "Vogel",
    "Weber",
    "Wong",
    "Yılmaz",
    "Zhang",
    "Ziegler",
];

/// Departments with the titles that people have in them.
pub const DEPARTMENTS: &[(&str, &[&str])] = &[
    ("Engineering", &["Software Engineer", "Senior Software Engineer", "Staff Engineer", "Test Engineer"]),
    ("Sales", &["Account Executive", "Sales Engineer", "Sales Development Representative"]),
    ("Customer Support", &["Support Engineer", "Support Specialist", "Escalation Manager"]),
    ("Operations", &["Operations Analyst", "Logistics Coordinator", "Plant Supervisor"]),
    ("Finance", &["Accountant", "Financial Analyst", "Payroll Specialist"]),
    ("Human Resources", &["Recruiter", "People Partner", "Benefits Specialist"]),
    ("IT", &["Systems Administrator", "Help Desk Analyst", "Network Engineer"]),
    ("Security", &["Security Analyst", "Incident Responder", "Security Engineer"]),
    ("Legal", &["Counsel", "Paralegal", "Compliance Analyst"]),
    ("Marketing", &["Content Strategist", "Product Marketer", "Designer"]),
];

/// City and country.
pub const PLACES: &[(&str, &str)] =
    &[("Zürich", "CH"), ("Lisbon", "PT"), ("Toronto", "CA"), ("Nairobi", "KE"), ("Osaka", "JP"), ("Austin", "US")];

const COMPANIES: &[&str] = &["Brightwater", "Halden", "Kestrel", "Larkfield", "Oakmoor", "Tidewell"];

/// How people and numbers belong together in one org.
#[derive(Clone, Copy, Debug)]
pub struct People {
    company: &'static str,
    factor: u64,
    back: u64,
    shift: u64,
}

const PAIRS: u64 = (FIRST.len() * LAST.len()) as u64;

impl People {
    pub fn new(ids: Ids) -> People {
        // A factor without a common divisor makes every pair of names come once.
        let mut factor = PAIRS / 3 + ids.chance("names", 0) % (PAIRS / 3);
        let back = loop {
            match inverse(factor) {
                Some(back) => break back,
                None => factor += 1,
            }
        };
        let company = COMPANIES[(ids.chance("company", 0) % COMPANIES.len() as u64) as usize];
        People { company, factor, back, shift: ids.chance("names", 1) % PAIRS }
    }

    pub fn company(&self) -> &'static str {
        self.company
    }

    pub fn domain(&self) -> String {
        format!("{}.example", self.company.to_ascii_lowercase())
    }

    /// First and last name, and how often the pair has come before.
    pub fn name(&self, number: u64) -> (&'static str, &'static str, u64) {
        let pair = (number % PAIRS * self.factor + self.shift) % PAIRS;
        let (first, last) = (pair % FIRST.len() as u64, pair / FIRST.len() as u64);
        (FIRST[first as usize], LAST[last as usize], number / PAIRS)
    }

    pub fn login(&self, number: u64) -> String {
        let (first, last, round) = self.name(number);
        let (first, last) = (ascii(first), ascii(last));
        match round {
            0 => format!("{first}.{last}@{}", self.domain()),
            _ => format!("{first}.{last}{}@{}", round + 1, self.domain()),
        }
    }

    /// Whose login this was when the org was made; also in its short form.
    pub fn number(&self, login: &str) -> Option<u64> {
        let login = login.to_lowercase();
        let local = match login.split_once('@') {
            Some((local, domain)) if domain == self.domain() => local,
            Some(_) => return None,
            None => &login,
        };
        let (first, rest) = local.split_once('.')?;
        let last = rest.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let round: u64 = match &rest[last.len()..] {
            "" => 0,
            digits => digits.parse::<u64>().ok()?.checked_sub(1).filter(|round| *round > 0)?,
        };
        let first = FIRST.iter().position(|name| ascii(name) == first)? as u64;
        let last = LAST.iter().position(|name| ascii(name) == last)? as u64;
        let pair = last * FIRST.len() as u64 + first;
        let number = (pair + PAIRS - self.shift) % PAIRS * self.back % PAIRS;
        round.checked_mul(PAIRS)?.checked_add(number)
    }
}

/// The inverse modulo the number of pairs, if there is one (extended Euclid).
fn inverse(number: u64) -> Option<u64> {
    let modulus = PAIRS as i64;
    let (mut old, mut new, mut x_old, mut x_new) = (number as i64 % modulus, modulus, 1, 0);
    while new != 0 {
        let quotient = old / new;
        (old, new) = (new, old - quotient * new);
        (x_old, x_new) = (x_new, x_old - quotient * x_new);
    }
    (old == 1).then(|| x_old.rem_euclid(modulus) as u64)
}

/// A name as it stands in a login.
fn ascii(name: &str) -> String {
    name.chars()
        .map(|letter| match letter {
            'é' | 'ë' => 'e',
            'í' | 'ı' => 'i',
            'ö' => 'o',
            'ü' => 'u',
            letter => letter.to_ascii_lowercase(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{FIRST, Ids, LAST, PAIRS, People, ascii};

    #[test]
    fn a_login_leads_back_to_its_number_and_nobody_shares_one() {
        assert!(FIRST.iter().chain(LAST).all(|name| ascii(name).is_ascii()));
        for seed in [0, 7, 1234] {
            let people = People::new(Ids::new(seed));
            let mut logins = HashSet::new();
            for number in (0..PAIRS).chain([PAIRS, 99_999, 1_000_000]) {
                let login = people.login(number);
                assert_eq!(people.number(&login.to_uppercase()), Some(number), "{login}");
                assert!(login.ends_with(".example") && logins.insert(login));
            }
        }
    }
}
