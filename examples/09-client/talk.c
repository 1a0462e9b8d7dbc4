/* SPDX-License-Identifier: MIT
 * Connects, says its arguments and prints what it hears: talk-c URL TEXT... Everything waits, nothing calls back. */
#include <berth/client.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    return 1;
}

int main(int argc, char **argv) {
    berth_client_error error;
    berth_client_connection *connection;
    int i;
    if (argc < 2) return fail(argv[0], "URL TEXT...");
    connection = berth_client_connect_url(argv[1], NULL, &error);
    if (!connection) return fail(argv[1], error.text); /* where, what, why */

    for (i = 2; i < argc; ++i) {
        berth_client_message message;
        berth_client_write_text(connection, argv[i], strlen(argv[i]), BERTH_CLIENT_FOREVER);
        if (berth_client_read(connection, &message, 5000) != BERTH_CLIENT_OK) break;
        printf("%s\n", message.data);
        berth_client_message_free(&message);
    }
    berth_client_close(connection, 1000, "that was all");
    berth_client_release(connection);
    return i == argc ? 0 : fail(argv[1], "no answer within 5 seconds");
}
