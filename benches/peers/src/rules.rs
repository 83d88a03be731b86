//! The synthetic tenant and its questions, in no engine's words.

/// Sensitive types of the tenant: about as many as a large catalogue of detectors has.
pub const TYPES: usize = 300;

/// Items a question is asked about in turn, so that no engine is judged by one lucky report.
const REPORTS: usize = 16;

/// Least counts and confidences of conditions: a few surely, or many less surely.
const LEAST: [(u32, u8); 5] = [(1, 85), (3, 85), (5, 80), (10, 75), (10, 65)];

/// How large the tenant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Labels, each with one rule.
    pub labels: usize,
    /// Conditions of each rule, any of which is enough.
    pub conditions: usize,
}

/// A rule: its label is chosen when a condition holds and no higher label has one that does.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Sensitivity of the label, unique: 1, 2, 3, …
    pub rank: usize,
    /// Conditions, any of which is enough.
    pub conditions: Vec<Condition>,
}

/// What must have been found of one type, all limits inclusive.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// Number of the type, below [`TYPES`].
    pub sensitive_type: usize,
    /// Fewest occurrences.
    pub min_count: u32,
    /// Most occurrences; absent: unlimited.
    pub max_count: Option<u32>,
    /// Least confidence in percent; the greatest is 100.
    pub min_confidence: u8,
}

/// What a detector reports of one type.
#[derive(Debug, Clone, Copy)]
pub struct Finding {
    /// Number of the type, below [`TYPES`]; at most one finding per type.
    pub sensitive_type: usize,
    /// Occurrences.
    pub count: u32,
    /// Confidence in percent.
    pub confidence: u8,
}

/// What a detector reports of one item.
pub type Report = Vec<Finding>;

/// A kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Three types found plainly: several labels match, the most sensitive is the answer.
    Match,
    /// Three types found with too little confidence where few are enough, and too few where little confidence is: every
    /// condition on them has to be refused, and no bound common to them does it.
    NoMatch,
}

impl Question {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Match, Self::NoMatch];

    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Match => "a label matches",
            Self::NoMatch => "nothing matches",
        }
    }

    /// What the detector reports, each time of another item: the first three types of a label, so that at least this
    /// one can match. The labels are spread over the tenant.
    pub fn reports(self, rules: &[Rule]) -> Vec<Report> {
        let (count, confidence) = match self {
            Self::Match => (12, 90),
            Self::NoMatch => (7, 78),
        };
        let finding = |condition: &Condition| Finding {
            sensitive_type: condition.sensitive_type,
            count,
            confidence,
        };
        let report = |rule: &Rule| rule.conditions.iter().take(3).map(finding).collect();
        (0..REPORTS)
            .map(|number| report(&rules[number * rules.len() / REPORTS]))
            .collect()
    }
}

impl Condition {
    /// The finding satisfies the limits.
    pub fn holds(&self, finding: &Finding) -> bool {
        finding.sensitive_type == self.sensitive_type
            && finding.count >= self.min_count
            && self.max_count.is_none_or(|most| finding.count <= most)
            && finding.confidence >= self.min_confidence
    }
}

/// The rules of a tenant, always the same for a size.
pub fn rules(size: Size) -> Vec<Rule> {
    let mut dice = Dice(0x5169_6E65_7450_6565);
    let rule = |rank| Rule {
        rank,
        conditions: conditions(&mut dice, size.conditions),
    };
    (1..=size.labels).map(rule).collect()
}

fn conditions(dice: &mut Dice, count: usize) -> Vec<Condition> {
    let mut types: Vec<usize> = (0..TYPES).collect();
    (0..count)
        .map(|_| {
            let (min_count, min_confidence) = LEAST[dice.below(LEAST.len())];
            Condition {
                sensitive_type: types.swap_remove(dice.below(types.len())),
                min_count,
                max_count: [None, None, None, Some(100)][dice.below(4)],
                min_confidence,
            }
        })
        .collect()
}

/// The answer by definition: every condition of every rule against every finding.
pub fn linear_scan(rules: &[Rule], findings: &[Finding]) -> Option<usize> {
    let holds = |rule: &&Rule| {
        rule.conditions
            .iter()
            .any(|condition| findings.iter().any(|finding| condition.holds(finding)))
    };
    rules.iter().filter(holds).map(|rule| rule.rank).max()
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}
