//! Sites, groups and meetings: `protectgroup`, `protectsite`, `protectteams`, `protectmeeting`.

use signet_domain::label::{Meeting, SiteAndGroup};

use crate::actions::{Actions, Kind};
use crate::notes::Notes;
use crate::settings::Settings;

const PRIVACY: [(&str, &str); 3] = [
    ("public", "public"),
    ("private", "private"),
    ("unspecified", "unspecified"),
];
const PRESENTERS: [(&str, &str); 4] = [
    ("everyone", "everyone"),
    ("organization", "organization"),
    ("roleispresenter", "roleIsPresenter"),
    ("organizer", "organizer"),
];
const FORWARDERS: [(&str, &str); 2] = [("everyone", "everyone"), ("organizer", "organizer")];

/// What the label does to sites and groups, and to meetings. `protectteams` speaks of either.
pub(crate) fn container(actions: &mut Actions, notes: &mut Notes) -> (Option<SiteAndGroup>, Option<Meeting>) {
    let mut enabled = |kind| {
        actions
            .remove(&kind)
            .filter(|action| action.enabled)
            .map(|action| action.settings)
    };
    let (mut group, mut site) = (enabled(Kind::Group), enabled(Kind::Site));
    let (mut teams, mut meeting) = (enabled(Kind::Teams), enabled(Kind::Meeting));

    let mut container = SiteAndGroup::default();
    let mut is_container = group.is_some();
    for settings in group.iter_mut().chain(&mut teams) {
        is_container |= of_group(settings, &mut container, notes);
    }
    if group.is_some() && container.privacy.is_none() {
        container.privacy = Some("unspecified".to_owned());
    }
    if let Some(site) = &mut site {
        is_container |= of_site(site, &mut container, notes);
    }
    let mut meetings = Meeting::default();
    let mut is_meeting = meeting.is_some();
    for settings in meeting.iter_mut().chain(&mut teams) {
        is_meeting |= of_meeting(settings, &mut meetings, notes);
    }
    for settings in [group, site, teams, meeting].into_iter().flatten() {
        settings.note_rest(notes);
    }
    (is_container.then_some(container), is_meeting.then_some(meetings))
}

/// True when the settings say anything of a group.
fn of_group(settings: &mut Settings, container: &mut SiteAndGroup, notes: &mut Notes) -> bool {
    let privacy = settings.word("privacy", &PRIVACY, notes);
    let guests = settings.flag("allowaccesstoguestusers", notes);
    let mail = settings.flag("allowemailfromguestusers", notes);
    if let Some(privacy) = privacy {
        container.privacy = Some(privacy.to_owned());
    }
    container.allow_guest_users |= guests == Some(true);
    container.allow_email_from_guest_users |= mail == Some(true);
    privacy.is_some() || guests.is_some() || mail.is_some()
}

/// True when the settings say anything of a site. The strictest access counts.
fn of_site(settings: &mut Settings, container: &mut SiteAndGroup, notes: &mut Notes) -> bool {
    let block = settings.flag("blockaccess", notes) == Some(true);
    let limited = settings.flag("allowlimitedaccess", notes) == Some(true);
    let full = settings.flag("allowfullaccess", notes) == Some(true);
    let access = match (block, limited, full) {
        (true, _, _) => Some("block"),
        (_, true, _) => Some("limited"),
        (_, _, true) => Some("full"),
        (false, false, false) => None,
    };
    container.access_type = access.map(str::to_owned);
    container.conditional_access_protection_level_id = settings
        .take("protectionlevel")
        .or_else(|| settings.take("level"))
        .or_else(|| settings.take("authenticationcontextid"));
    container.access_type.is_some() || container.conditional_access_protection_level_id.is_some()
}

/// True when the settings say anything of meetings that is kept here.
fn of_meeting(settings: &mut Settings, meeting: &mut Meeting, notes: &mut Notes) -> bool {
    let owned = |word: &str| word.to_owned();
    let presenters = settings.word("allowedpresenters", &PRESENTERS, notes);
    let forwarders = settings.word("allowedforwarders", &FORWARDERS, notes);
    let scope = settings.take("lobbybypassscope");
    let dial_in = settings.flag("bypasslobbyfordialinusers", notes);
    let lobby = settings.flag("lobbyrestrictionenforced", notes);
    let no_copy = settings.flag("copyrestrictionenforced", notes);
    meeting.allowed_presenters = presenters.map(owned).or(meeting.allowed_presenters.take());
    meeting.allowed_forwarders = forwarders.map(owned).or(meeting.allowed_forwarders.take());
    meeting.is_dial_in_bypass_enabled |= dial_in == Some(true);
    meeting.is_lobby_enabled |= lobby == Some(true) || scope.is_some();
    meeting.is_copy_to_clipboard_enabled |= no_copy == Some(false);
    let said = presenters.is_some() || forwarders.is_some() || scope.is_some();
    meeting.lobby_bypass_scope = scope.or(meeting.lobby_bypass_scope.take());
    said || dial_in.is_some() || lobby.is_some() || no_copy.is_some()
}
