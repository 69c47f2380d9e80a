/* Text cut into blocks by a fuzzer, with silences between them; the first bytes say how. */
#include "decode.h"
#include "chat/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	enum sanitize_style style;
	size_t limit, step; /* as many bytes at a time, 0: all */
	bool silences; /* between them */
	const char *text;
	size_t len;
};

struct output {
	char *text;
	size_t len;
};

static void
take(struct record *r, struct output *out)
{
	const char *records = r->out;
	for (size_t left = record_ready(r), n; left > 0; left -= n, records += n) {
		n = record_piece(records, left);
		if (n == 0 || n > left || n > RECORD_WRITE || records[n - 1] != '\n')
			abort();
		memcpy(out->text + out->len, records, n);
		out->len += n;
	}
	record_written(r);
}

/* The output; the caller frees the text. */
static struct output
run(const struct input *in)
{
	static struct record l;
	struct stamp stamp;
	/* Each byte at its longest, with a cut before it. */
	struct output out = {.text = malloc((SANITIZE_FORM_MAX + 2) * in->len + 2)};
	if (!out.text)
		abort();
	stamp_init(&stamp, &(struct stamp_options){.format = ""});
	record_init(&l, &stamp, in->style, in->limit);
	for (size_t at = 0; at < in->len;) {
		size_t n = in->step && in->step < in->len - at ? in->step : in->len - at;
		for (size_t end = at + n; at < end; take(&l, &out))
			at += record_add(&l, in->text + at, end - at, (int64_t)at);
		if (in->silences)
			record_idle(&l);
		take(&l, &out);
	}
	record_end(&l);
	take(&l, &out);
	return out;
}

static void
check_records(const struct input *in, const struct output *out)
{
	for (size_t start = 0, end; start < out->len; start = end) {
		const char *lf = memchr(out->text + start, '\n', out->len - start);
		if (!lf)
			abort();
		end = (size_t)(lf - out->text) + 1;
		if (end - start > in->limit)
			abort();
	}
	if (in->style != SANITIZE_RAW && !is_harmless(out->text, out->len))
		abort();
}

static bool
is_same(const struct output *out, const char *text, size_t len)
{
	return out->len == len && memcmp(out->text, text, len) == 0;
}

static void
check_same(const struct input *in, const struct output *out)
{
	struct input whole = *in;
	whole.step = 0;
	struct output other = run(&whole);
	if (!is_same(out, other.text, other.len))
		abort();
	free(other.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 4)
		return 0;
	struct input in = {
		.style = (enum sanitize_style)(data[0] % 3),
		.silences = data[0] & 0x80,
		.limit = RECORD_TEXT_MIN +
			 (data[1] < 250 ? data[1] : RECORD_WRITE - RECORD_TEXT_MIN),
		.step = data[2],
		.text = (const char *)data + 3,
		.len = size - 3,
	};
	struct output out = run(&in);
	check_records(&in, &out);
	if (!in.silences)
		check_same(&in, &out);
	if (in.style == SANITIZE_ESCAPE &&
		!is_same(&(struct output){out.text, decode(out.text, out.len)}, in.text, in.len))
		abort();
	free(out.text);
	return 0;
}
