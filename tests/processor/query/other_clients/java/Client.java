import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The JDBC driver, as Metabase uses it. Prints the same as other_clients/go/main.go, and the tables. */
public class Client {
    public static void main(String[] arguments) throws Exception {
        Class.forName("com.clickhouse.jdbc.Driver");
        for (String compress : new String[] {"1", "0"}) {
            String url = "jdbc:clickhouse://" + arguments[0] + "/default?compress=" + compress;
            try (Connection connection = DriverManager.getConnection(url, "metabase", "")) {
                System.out.println(answer(connection, compress));
            }
        }
    }

    static String answer(Connection connection, String compress) throws SQLException {
        List<String> tables = new ArrayList<>();
        DatabaseMetaData known = connection.getMetaData();
        try (ResultSet found = known.getTables(null, "spantally", "%", null)) {
            while (found.next()) tables.add(quoted(found.getString("TABLE_NAME")));
        }
        List<String> spend = new ArrayList<>();
        String query = "select team, sum(cost) as cost, max(start_time) as last from llm_calls group by team";
        try (Statement statement = connection.createStatement(); ResultSet found = statement.executeQuery(query)) {
            while (found.next()) {
                found.getTimestamp("last");
                var cost = found.getBigDecimal("cost");
                spend.add(quoted(found.getString("team")) + ": "
                    + (cost == null ? "null" : quoted(cost.stripTrailingZeros().toPlainString())));
            }
        }
        long calls;
        String counted = "select count() from llm_calls where team = ?";
        try (PreparedStatement statement = connection.prepareStatement(counted)) {
            statement.setString(1, "growth");
            ResultSet found = statement.executeQuery();
            found.next();
            calls = found.getLong(1);
        }
        int read = 0;
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("select number, toString(number) from numbers(100000)")) {
            while (found.next()) read++;
        }
        SQLException refused = refused(connection, "select file('/etc/hostname')");
        SQLException insert = refused(connection, "insert into llm_spans (trace_id) values ('x')");
        return String.format(
            "{\"compression\": \"%s\", \"tables\": %s, \"spend\": {%s}, \"calls\": %d, \"read\": %d,"
                + " \"refused\": %s, \"insert\": %s, \"insert_text\": %s}",
            compress, tables, String.join(", ", spend), calls, read,
            code(refused), code(insert), quoted(insert.getMessage()));
    }

    static SQLException refused(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(query);
        } catch (SQLException error) {
            return error;
        }
        throw new IllegalStateException("it was not refused: " + query);
    }

    static String code(SQLException error) {
        return error.getMessage().replaceFirst("(?s).*?Code: (\\d+).*", "$1");
    }

    static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
