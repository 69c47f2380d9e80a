#include "base/meet_explain.h"

static const char *
explain_refusal(enum handshake_kind kind)
{
	switch (kind) {
	case HANDSHAKE_OTHER_VERSION:
		return "the other end speaks another version of the protocol (update the older)";
	case HANDSHAKE_MIRROR:
		return "our own words came back (the link leads to ourselves)";
	case HANDSHAKE_BOTH_MADE:
		return "both ends made a code (-g is for one of them; the other types it)";
	case HANDSHAKE_BOTH_ANY:
		return "both ends take anybody they know (one of them needs a name instead of -a)";
	case HANDSHAKE_WE_FORGOT:
		return "the other end remembers somebody by the name that it has for us, and we "
		       "don't (it has to remove that file, or to take another name)";
	case HANDSHAKE_THEY_FORGOT:
		return "the other end does not remember us, or is somebody else (remove the file "
		       "of that name and meet again by a code, or take another name)";
	case HANDSHAKE_WE_ARE_STRANGE:
		return "the other end meets only peers that it knows (meet it by a code first: "
		       "there, with a name instead of -a)";
	case HANDSHAKE_THEY_ARE_STRANGE:
		return "a stranger that would meet by a code (-a is for known peers; a name is "
		       "for strangers)";
	default:
		return "the other end does not speak rfseal's protocol (it takes rfseal at both "
		       "ends)";
	}
}

static const char *
explain_end(enum meet_stage stage)
{
	switch (stage) {
	case MEET_HELLO:
		return "the link ended before the other end said anything";
	case MEET_SHARE:
		return "the link ended before the other end went on";
	default:
		return "the link ended before the other end proved who it is (it may not know us, "
		       "or its code is void)";
	}
}

const char *
meet_explain(const struct meet *m, enum meet_result result)
{
	switch (result) {
	case MEET_WRONG_CODE:
		return "wrong code, or somebody in between (the same code can be tried again; "
		       "after three wrong guesses it is void)";
	case MEET_VOID:
		return "a code that was wrong three times is void (-g makes another once this file "
		       "is "
		       "gone; -c needs another)";
	case MEET_WRONG_KEY:
		return "not whom we know by this name, or somebody in between";
	case MEET_NOBODY:
		return "nobody that is known here, or somebody in between";
	case MEET_REFUSED:
		return explain_refusal(m->kind);
	case MEET_FORGED:
		return "what came was no part of a meeting (or was changed on its way)";
	case MEET_ENDED:
		return explain_end(m->stage);
	case MEET_SLOW:
		return "the other end took too long";
	case MEET_NO_CODE:
		return m->error ? "no terminal to ask for the code at (-c file has it in a file)"
				: "not a code (six characters or more, at most 64)";
	case MEET_OVERTAKEN:
		return "what we remember of it has changed meanwhile, or the code has served "
		       "(try again)";
	case MEET_KEYRING:
		return keyring_explain(m->error);
	case MEET_DONE:
	case MEET_SIGNAL:
		break;
	}
	return "";
}
