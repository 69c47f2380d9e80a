#include "bt/allow.h"

#include "base/msg.h"
#include "bt/adapter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
append(struct allow *allow, const bdaddr_t *addr)
{
	bdaddr_t *list = realloc(allow->list, (allow->count + 1) * sizeof *list);
	if (!list)
		msg_die(MSG_FAIL, "-a: out of memory");
	list[allow->count++] = *addr;
	allow->list = list;
}

int
allow_parse_line(const char *line, bdaddr_t *addr)
{
	static const char space[] = " \t\r\n";
	char text[18];
	line += strspn(line, space);
	size_t length = strcspn(line, " \t\r\n#");
	const char *rest = line + length + strspn(line + length, space);
	if (length == 0)
		return *line == '\0' || *line == '#' ? 0 : -1;
	if (length >= sizeof text || (*rest != '\0' && *rest != '#'))
		return -1;
	memcpy(text, line, length);
	text[length] = '\0';
	return adapter_parse_addr(text, addr) ? 1 : -1;
}

static void
add_file(struct allow *allow, const char *path)
{
	FILE *file = fopen(path, "re");
	if (!file)
		msg_die(MSG_USAGE, "-a %s: neither an address nor a file: %s", path,
			strerror(errno));
	char *line = NULL;
	size_t size = 0;
	size_t before = allow->count;
	for (int number = 1; getline(&line, &size, file) >= 0; number++) {
		bdaddr_t addr;
		int found = allow_parse_line(line, &addr);
		if (found < 0)
			msg_die(MSG_USAGE, "-a %s: line %d: not an address (00:1A:7D:DA:71:13)",
				path, number);
		if (found)
			append(allow, &addr);
	}
	if (ferror(file))
		msg_die(MSG_USAGE, "-a %s: %s", path, strerror(errno));
	/* An empty list would admit everybody. */
	if (allow->count == before)
		msg_die(MSG_USAGE, "-a %s: no address in it", path);
	free(line);
	fclose(file);
}

void
allow_add(struct allow *allow, const char *text)
{
	bdaddr_t addr;
	if (adapter_parse_addr(text, &addr))
		append(allow, &addr);
	else
		add_file(allow, text);
}

void
allow_free(struct allow *allow)
{
	free(allow->list);
	*allow = (struct allow){0};
}

bool
allow_has(const struct allow *allow, const bdaddr_t *addr)
{
	for (size_t i = 0; i < allow->count; i++)
		if (bacmp(&allow->list[i], addr) == 0)
			return true;
	return allow->count == 0;
}
