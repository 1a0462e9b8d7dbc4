/* SPDX-License-Identifier: MIT
 * greet HOST PORT: says hello and prints what came back. */
#include <berth/client.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char** arguments) {
    berth_client_error error;
    berth_client_options options;
    berth_client_message message;
    berth_client_end end;
    if (count != 3) return 2;
    berth_client_options_init(&options, sizeof options);
    options.connect_timeout_ms = 30000;

    berth_client_connection* connection =
        berth_client_connect(arguments[1], (uint16_t)atoi(arguments[2]), "echo", &options, &error);
    if (!connection) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    berth_client_write_text(connection, "hello from C", 12, BERTH_CLIENT_FOREVER);
    if (berth_client_read(connection, &message, BERTH_CLIENT_FOREVER) == BERTH_CLIENT_OK) {
        printf("%s\n", message.data);
        berth_client_message_free(&message);
    }
    berth_client_close(connection, 1000, "bye");
    if (berth_client_wait(connection, &end, BERTH_CLIENT_FOREVER) == BERTH_CLIENT_OK)
        printf("%u\n", end.code);
    berth_client_release(connection);
    return 0;
}
